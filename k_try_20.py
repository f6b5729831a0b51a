def f0(a):
    try:
        v0 = a
        v1 = a
        v2 = a
        v3 = a
        def f1(a):
            try:
                v0 = a
                v1 = a
                v2 = a
                v3 = a
                def f2(a):
                    try:
                        v0 = a
                        v1 = a
                        v2 = a
                        v3 = a
                        def f3(a):
                            try:
                                v0 = a
                                v1 = a
                                v2 = a
                                v3 = a
                                def f4(a):
                                    try:
                                        v0 = a
                                        v1 = a
                                        v2 = a
                                        v3 = a
                                        def f5(a):
                                            try:
                                                v0 = a
                                                v1 = a
                                                v2 = a
                                                v3 = a
                                                def f6(a):
                                                    try:
                                                        v0 = a
                                                        v1 = a
                                                        v2 = a
                                                        v3 = a
                                                        def f7(a):
                                                            try:
                                                                v0 = a
                                                                v1 = a
                                                                v2 = a
                                                                v3 = a
                                                                def f8(a):
                                                                    try:
                                                                        v0 = a
                                                                        v1 = a
                                                                        v2 = a
                                                                        v3 = a
                                                                        def f9(a):
                                                                            try:
                                                                                v0 = a
                                                                                v1 = a
                                                                                v2 = a
                                                                                v3 = a
                                                                                def f10(a):
                                                                                    try:
                                                                                        v0 = a
                                                                                        v1 = a
                                                                                        v2 = a
                                                                                        v3 = a
                                                                                        def f11(a):
                                                                                            try:
                                                                                                v0 = a
                                                                                                v1 = a
                                                                                                v2 = a
                                                                                                v3 = a
                                                                                                def f12(a):
                                                                                                    try:
                                                                                                        v0 = a
                                                                                                        v1 = a
                                                                                                        v2 = a
                                                                                                        v3 = a
                                                                                                        def f13(a):
                                                                                                            try:
                                                                                                                v0 = a
                                                                                                                v1 = a
                                                                                                                v2 = a
                                                                                                                v3 = a
                                                                                                                def f14(a):
                                                                                                                    try:
                                                                                                                        v0 = a
                                                                                                                        v1 = a
                                                                                                                        v2 = a
                                                                                                                        v3 = a
                                                                                                                        def f15(a):
                                                                                                                            try:
                                                                                                                                v0 = a
                                                                                                                                v1 = a
                                                                                                                                v2 = a
                                                                                                                                v3 = a
                                                                                                                                def f16(a):
                                                                                                                                    try:
                                                                                                                                        v0 = a
                                                                                                                                        v1 = a
                                                                                                                                        v2 = a
                                                                                                                                        v3 = a
                                                                                                                                        def f17(a):
                                                                                                                                            try:
                                                                                                                                                v0 = a
                                                                                                                                                v1 = a
                                                                                                                                                v2 = a
                                                                                                                                                v3 = a
                                                                                                                                                def f18(a):
                                                                                                                                                    try:
                                                                                                                                                        v0 = a
                                                                                                                                                        v1 = a
                                                                                                                                                        v2 = a
                                                                                                                                                        v3 = a
                                                                                                                                                        def f19(a):
                                                                                                                                                            try:
                                                                                                                                                                v0 = a
                                                                                                                                                                v1 = a
                                                                                                                                                                v2 = a
                                                                                                                                                                v3 = a
                                                                                                                                                                return a
                                                                                                                                                            except E: pass
                                                                                                                                                    except E: pass
                                                                                                                                            except E: pass
                                                                                                                                    except E: pass
                                                                                                                            except E: pass
                                                                                                                    except E: pass
                                                                                                            except E: pass
                                                                                                    except E: pass
                                                                                            except E: pass
                                                                                    except E: pass
                                                                            except E: pass
                                                                    except E: pass
                                                            except E: pass
                                                    except E: pass
                                            except E: pass
                                    except E: pass
                            except E: pass
                    except E: pass
            except E: pass
    except E: pass
