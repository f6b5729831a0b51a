def f0(a):
    if a:
        v0 = a
        v1 = a
        v2 = a
        v3 = a
        def f1(a):
            if a:
                v0 = a
                v1 = a
                v2 = a
                v3 = a
                def f2(a):
                    if a:
                        v0 = a
                        v1 = a
                        v2 = a
                        v3 = a
                        def f3(a):
                            if a:
                                v0 = a
                                v1 = a
                                v2 = a
                                v3 = a
                                def f4(a):
                                    if a:
                                        v0 = a
                                        v1 = a
                                        v2 = a
                                        v3 = a
                                        def f5(a):
                                            if a:
                                                v0 = a
                                                v1 = a
                                                v2 = a
                                                v3 = a
                                                def f6(a):
                                                    if a:
                                                        v0 = a
                                                        v1 = a
                                                        v2 = a
                                                        v3 = a
                                                        def f7(a):
                                                            if a:
                                                                v0 = a
                                                                v1 = a
                                                                v2 = a
                                                                v3 = a
                                                                def f8(a):
                                                                    if a:
                                                                        v0 = a
                                                                        v1 = a
                                                                        v2 = a
                                                                        v3 = a
                                                                        def f9(a):
                                                                            if a:
                                                                                v0 = a
                                                                                v1 = a
                                                                                v2 = a
                                                                                v3 = a
                                                                                def f10(a):
                                                                                    if a:
                                                                                        v0 = a
                                                                                        v1 = a
                                                                                        v2 = a
                                                                                        v3 = a
                                                                                        def f11(a):
                                                                                            if a:
                                                                                                v0 = a
                                                                                                v1 = a
                                                                                                v2 = a
                                                                                                v3 = a
                                                                                                def f12(a):
                                                                                                    if a:
                                                                                                        v0 = a
                                                                                                        v1 = a
                                                                                                        v2 = a
                                                                                                        v3 = a
                                                                                                        def f13(a):
                                                                                                            if a:
                                                                                                                v0 = a
                                                                                                                v1 = a
                                                                                                                v2 = a
                                                                                                                v3 = a
                                                                                                                def f14(a):
                                                                                                                    if a:
                                                                                                                        v0 = a
                                                                                                                        v1 = a
                                                                                                                        v2 = a
                                                                                                                        v3 = a
                                                                                                                        def f15(a):
                                                                                                                            if a:
                                                                                                                                v0 = a
                                                                                                                                v1 = a
                                                                                                                                v2 = a
                                                                                                                                v3 = a
                                                                                                                                def f16(a):
                                                                                                                                    if a:
                                                                                                                                        v0 = a
                                                                                                                                        v1 = a
                                                                                                                                        v2 = a
                                                                                                                                        v3 = a
                                                                                                                                        def f17(a):
                                                                                                                                            if a:
                                                                                                                                                v0 = a
                                                                                                                                                v1 = a
                                                                                                                                                v2 = a
                                                                                                                                                v3 = a
                                                                                                                                                def f18(a):
                                                                                                                                                    if a:
                                                                                                                                                        v0 = a
                                                                                                                                                        v1 = a
                                                                                                                                                        v2 = a
                                                                                                                                                        v3 = a
                                                                                                                                                        def f19(a):
                                                                                                                                                            if a:
                                                                                                                                                                v0 = a
                                                                                                                                                                v1 = a
                                                                                                                                                                v2 = a
                                                                                                                                                                v3 = a
                                                                                                                                                                def f20(a):
                                                                                                                                                                    if a:
                                                                                                                                                                        v0 = a
                                                                                                                                                                        v1 = a
                                                                                                                                                                        v2 = a
                                                                                                                                                                        v3 = a
                                                                                                                                                                        def f21(a):
                                                                                                                                                                            if a:
                                                                                                                                                                                v0 = a
                                                                                                                                                                                v1 = a
                                                                                                                                                                                v2 = a
                                                                                                                                                                                v3 = a
                                                                                                                                                                                def f22(a):
                                                                                                                                                                                    if a:
                                                                                                                                                                                        v0 = a
                                                                                                                                                                                        v1 = a
                                                                                                                                                                                        v2 = a
                                                                                                                                                                                        v3 = a
                                                                                                                                                                                        def f23(a):
                                                                                                                                                                                            if a:
                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                def f24(a):
                                                                                                                                                                                                    if a:
                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                        def f25(a):
                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                def f26(a):
                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                        def f27(a):
                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                def f28(a):
                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                        def f29(a):
                                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                                def f30(a):
                                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                                        def f31(a):
                                                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                                                def f32(a):
                                                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                                                        def f33(a):
                                                                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                                                                def f34(a):
                                                                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                                                                        def f35(a):
                                                                                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                                                                                def f36(a):
                                                                                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                                                                                        def f37(a):
                                                                                                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                                                                                                def f38(a):
                                                                                                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                                                                                                        def f39(a):
                                                                                                                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                                                                                                                def f40(a):
                                                                                                                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                                                                                                                        def f41(a):
                                                                                                                                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                                                                                                                                def f42(a):
                                                                                                                                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                                                                                                                                        def f43(a):
                                                                                                                                                                                                                                                                                                                                                            if a:
                                                                                                                                                                                                                                                                                                                                                                v0 = a
                                                                                                                                                                                                                                                                                                                                                                v1 = a
                                                                                                                                                                                                                                                                                                                                                                v2 = a
                                                                                                                                                                                                                                                                                                                                                                v3 = a
                                                                                                                                                                                                                                                                                                                                                                def f44(a):
                                                                                                                                                                                                                                                                                                                                                                    if a:
                                                                                                                                                                                                                                                                                                                                                                        v0 = a
                                                                                                                                                                                                                                                                                                                                                                        v1 = a
                                                                                                                                                                                                                                                                                                                                                                        v2 = a
                                                                                                                                                                                                                                                                                                                                                                        v3 = a
                                                                                                                                                                                                                                                                                                                                                                        return a
