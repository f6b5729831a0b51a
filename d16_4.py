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
                                                                                                                                return a
