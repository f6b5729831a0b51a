//! Source in the printer's own style: parsed and printed again, it is the same text.

use lancehead_ast::{Docstrings, Layout, PrintOptions, parse_module, print_module};
use lancehead_pyc::Version;

fn check(version: Version, source: &str) {
    let module = match parse_module(source, version) {
        Ok(module) => module,
        Err(e) => panic!("{e}\n{source}"),
    };
    let mut options = PrintOptions::new(version);
    options.docstrings = Docstrings::Exact;
    let printed = print_module(&module, &options);
    assert_eq!(printed.problems, []);
    assert_eq!(printed.source, source);
}

#[test]
fn simple_statements() {
    check(
        Version::Py312,
        r#"import a.b as c, d

a, *b = c = yield
a = b, *c
a, = b
() = []
(a): int = 1
a.b: int
a: tuple = 1, 2
a @= yield b
del a, b[0], (c, d)
del ()
assert a, (b, c)
raise
raise A from None
return_value = a if b else c if d else e
a = (b if c else d) if e else f
a = (b := c)
f(a := 1, b=(c := 2))
global x, y
nonlocal z
pass
break
continue
yield
yield a, *b
await (yield)
(yield).a
type X[T: int, *Ts, **P] = list[T]
lambda a, /, b=1, *c, d=2, **e: (a, b)
lambda *, a: a
lambda: (yield)
return a, *b
"#,
    );
}

#[test]
fn expressions() {
    check(
        Version::Py313,
        r#"a[b, c:d, ::2]
a[b,]
a[*b]
a[()]
a[:]
a[(b := c)]
f(x for x in y)
f((x for x in y), a)
f(*a, b, *c, d=e, **f)
{**a, 'b': c, **(d or e)}
{*()}
{a, *b}
[*(a or b), *c | d]
[x async for x, *y in z if (a if b else c) if d]
{a: b for c in (lambda: d)}
(a for b in c)
not a == b
(not a) == b
not (a and b)
a and (b and c) and d
(a or b) and c
a < b <= c is not d not in e
(a < b) < c
-a ** -b
(-a) ** b
await a ** await b
await a.b(c)[d]
~(a + b) * c
a - (b - c) - d
a << (b << c)
(lambda: a)()
(a, b).c
1 .real
(-1).real
1.5.real
4294967295 if a else 1
"#,
    );
}

#[test]
fn compound_statements() {
    check(
        Version::Py314,
        r#""""A module."""

from __future__ import annotations
from . import a
from ..b import (
    the_first_of_many_names,
    the_second_of_many_names as another_name,
    the_third_of_many_names,
    the_fourth,
)

if a:
    pass
elif b:
    pass
else:
    if c:
        pass
    d
for a, *b in c, *d:
    continue
else:
    break
while a := b:
    pass
else:
    pass
with (a, b) as c, d as (e, f), g:
    pass
with ((a, b)):
    pass
try:
    pass
except:
    pass
try:
    pass
except (A, B) as c:
    pass
except D:
    pass
else:
    pass
finally:
    pass
try:
    pass
except* A:
    pass


@a
@b.c(d)
async def f[T = int](a: int, /, b: str = 'c', *args: *Ts, d, e=1, **kwargs) -> None:
    """A function.

    With a `\\`.
    """
    async with a:
        pass
    async for b in c:
        pass

    def g(*, a):
        pass

    return g


class A[T: (int, str) = int, **P = [int], *Ts = *tuple[int]](B, *C, metaclass=D, **e):
    x: int = 1

    def f(self):
        pass
"#,
    );
}

#[test]
fn patterns() {
    check(
        Version::Py310,
        r#"match a, *b:
    case 1 | -1.5 | 2 - 3j | 'a' | b'c' | None | True:
        pass
    case [a, *_, b.c] | (d as e):
        pass
    case {'a': 1, b.c: d, **e} if f:
        pass
    case A(1, b=[*c], d=2 | 3 as e) as f:
        pass
    case {} | [] | B():
        pass
    case 1 | 2 as x:
        pass
    case _:
        pass
"#,
    );
}

#[test]
fn strings() {
    check(
        Version::Py314,
        r#"a = 'it\'s "so"\t\x00\ud83d\ude00', b"a'\xff", "it's"
f'{a!r:>{b}.{c}}{{}}{d["e"]}' if f else f'{(lambda: 1)}{ {1: 2}}{(yield)}'
t'{ a }b{c  !r:{d}}'
f'{a:\x7b\x7d}'
f'{a["'"]}{b['"']}'
"#,
    );
    check(
        Version::Py38,
        r#"f'{a["b"]}{c!s:{d}}'
f'''{a['b']}{c["d'"]}{e['"']}'''
"#,
    );
}

#[test]
fn lazy_imports_and_unpacking_in_comprehensions() {
    check(
        Version::Py315,
        "lazy import a\nlazy from b import c\n\n[*a for a in b]\n{**a for a in b}\n{*a for a in b}\n(*a for a in b)\n",
    );
}

#[test]
fn lines_are_kept() {
    let source = r#"

import a; import b

if a: b; c
@d
def e(f,
    g): return f.h(
        1,
    ).i(
        2)


class A:

    x = (a
        and b
        or c)
    y = f'{a}' \
        f'{b}'
    def f(self): pass
"#;
    let module = parse_module(source, Version::Py313).unwrap();
    let mut options = PrintOptions::new(Version::Py313);
    options.layout = Layout::Lines;
    let printed = print_module(&module, &options).source;
    let again = parse_module(&printed, Version::Py313).unwrap();
    // Equality of nodes is equality of their lines, too.
    assert_eq!(module, again, "{printed}");
}
