class C0:
    if a:
        v0 = a
        v1 = a
        v2 = a
        v3 = a
        class C1:
            if a:
                v0 = a
                v1 = a
                v2 = a
                v3 = a
                class C2:
                    if a:
                        v0 = a
                        v1 = a
                        v2 = a
                        v3 = a
                        class C3:
                            if a:
                                v0 = a
                                v1 = a
                                v2 = a
                                v3 = a
                                class C4:
                                    if a:
                                        v0 = a
                                        v1 = a
                                        v2 = a
                                        v3 = a
                                        class C5:
                                            if a:
                                                v0 = a
                                                v1 = a
                                                v2 = a
                                                v3 = a
                                                class C6:
                                                    if a:
                                                        v0 = a
                                                        v1 = a
                                                        v2 = a
                                                        v3 = a
                                                        class C7:
                                                            if a:
                                                                v0 = a
                                                                v1 = a
                                                                v2 = a
                                                                v3 = a
                                                                class C8:
                                                                    if a:
                                                                        v0 = a
                                                                        v1 = a
                                                                        v2 = a
                                                                        v3 = a
                                                                        class C9:
                                                                            if a:
                                                                                v0 = a
                                                                                v1 = a
                                                                                v2 = a
                                                                                v3 = a
                                                                                class C10:
                                                                                    if a:
                                                                                        v0 = a
                                                                                        v1 = a
                                                                                        v2 = a
                                                                                        v3 = a
                                                                                        class C11:
                                                                                            if a:
                                                                                                v0 = a
                                                                                                v1 = a
                                                                                                v2 = a
                                                                                                v3 = a
                                                                                                class C12:
                                                                                                    if a:
                                                                                                        v0 = a
                                                                                                        v1 = a
                                                                                                        v2 = a
                                                                                                        v3 = a
                                                                                                        class C13:
                                                                                                            if a:
                                                                                                                v0 = a
                                                                                                                v1 = a
                                                                                                                v2 = a
                                                                                                                v3 = a
                                                                                                                class C14:
                                                                                                                    if a:
                                                                                                                        v0 = a
                                                                                                                        v1 = a
                                                                                                                        v2 = a
                                                                                                                        v3 = a
                                                                                                                        class C15:
                                                                                                                            if a:
                                                                                                                                v0 = a
                                                                                                                                v1 = a
                                                                                                                                v2 = a
                                                                                                                                v3 = a
                                                                                                                                class C16:
                                                                                                                                    if a:
                                                                                                                                        v0 = a
                                                                                                                                        v1 = a
                                                                                                                                        v2 = a
                                                                                                                                        v3 = a
                                                                                                                                        class C17:
                                                                                                                                            if a:
                                                                                                                                                v0 = a
                                                                                                                                                v1 = a
                                                                                                                                                v2 = a
                                                                                                                                                v3 = a
                                                                                                                                                class C18:
                                                                                                                                                    if a:
                                                                                                                                                        v0 = a
                                                                                                                                                        v1 = a
                                                                                                                                                        v2 = a
                                                                                                                                                        v3 = a
                                                                                                                                                        class C19:
                                                                                                                                                            if a:
                                                                                                                                                                v0 = a
                                                                                                                                                                v1 = a
                                                                                                                                                                v2 = a
                                                                                                                                                                v3 = a
                                                                                                                                                                pass
