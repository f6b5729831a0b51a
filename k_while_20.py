def f0(a):
    while a:
        v0 = a
        v1 = a
        v2 = a
        v3 = a
        def f1(a):
            while a:
                v0 = a
                v1 = a
                v2 = a
                v3 = a
                def f2(a):
                    while a:
                        v0 = a
                        v1 = a
                        v2 = a
                        v3 = a
                        def f3(a):
                            while a:
                                v0 = a
                                v1 = a
                                v2 = a
                                v3 = a
                                def f4(a):
                                    while a:
                                        v0 = a
                                        v1 = a
                                        v2 = a
                                        v3 = a
                                        def f5(a):
                                            while a:
                                                v0 = a
                                                v1 = a
                                                v2 = a
                                                v3 = a
                                                def f6(a):
                                                    while a:
                                                        v0 = a
                                                        v1 = a
                                                        v2 = a
                                                        v3 = a
                                                        def f7(a):
                                                            while a:
                                                                v0 = a
                                                                v1 = a
                                                                v2 = a
                                                                v3 = a
                                                                def f8(a):
                                                                    while a:
                                                                        v0 = a
                                                                        v1 = a
                                                                        v2 = a
                                                                        v3 = a
                                                                        def f9(a):
                                                                            while a:
                                                                                v0 = a
                                                                                v1 = a
                                                                                v2 = a
                                                                                v3 = a
                                                                                def f10(a):
                                                                                    while a:
                                                                                        v0 = a
                                                                                        v1 = a
                                                                                        v2 = a
                                                                                        v3 = a
                                                                                        def f11(a):
                                                                                            while a:
                                                                                                v0 = a
                                                                                                v1 = a
                                                                                                v2 = a
                                                                                                v3 = a
                                                                                                def f12(a):
                                                                                                    while a:
                                                                                                        v0 = a
                                                                                                        v1 = a
                                                                                                        v2 = a
                                                                                                        v3 = a
                                                                                                        def f13(a):
                                                                                                            while a:
                                                                                                                v0 = a
                                                                                                                v1 = a
                                                                                                                v2 = a
                                                                                                                v3 = a
                                                                                                                def f14(a):
                                                                                                                    while a:
                                                                                                                        v0 = a
                                                                                                                        v1 = a
                                                                                                                        v2 = a
                                                                                                                        v3 = a
                                                                                                                        def f15(a):
                                                                                                                            while a:
                                                                                                                                v0 = a
                                                                                                                                v1 = a
                                                                                                                                v2 = a
                                                                                                                                v3 = a
                                                                                                                                def f16(a):
                                                                                                                                    while a:
                                                                                                                                        v0 = a
                                                                                                                                        v1 = a
                                                                                                                                        v2 = a
                                                                                                                                        v3 = a
                                                                                                                                        def f17(a):
                                                                                                                                            while a:
                                                                                                                                                v0 = a
                                                                                                                                                v1 = a
                                                                                                                                                v2 = a
                                                                                                                                                v3 = a
                                                                                                                                                def f18(a):
                                                                                                                                                    while a:
                                                                                                                                                        v0 = a
                                                                                                                                                        v1 = a
                                                                                                                                                        v2 = a
                                                                                                                                                        v3 = a
                                                                                                                                                        def f19(a):
                                                                                                                                                            while a:
                                                                                                                                                                v0 = a
                                                                                                                                                                v1 = a
                                                                                                                                                                v2 = a
                                                                                                                                                                v3 = a
                                                                                                                                                                return a
