"""What the tests of passes let an interpreter do: compile, run, trace.

    passes.py compile SOURCE                     the marshalled code, on standard output
    passes.py events PLAIN CHANGED SITES         runs both, and holds calls of the hook against a trace
    passes.py modules PLAIN CHANGED              runs the workloads of library modules, plain and changed
    passes.py fold PAIRS                         runs pairs of functions, which must give the same
"""

import builtins
import importlib
import io
import marshal
import struct
import sys
import types


def blobs(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        yield marshal.loads(data[at + 4 : at + 4 + length])
        at += 4 + length


def compile_source(path):
    with open(path) as file:
        code = compile(file.read(), "program", "exec")
    sys.stdout.buffer.write(marshal.dumps(code))


def traced(code):
    lines, frames, starts = set(), [], []

    def local(frame, event, arg):
        if event == "line":
            lines.add((frame.f_code.co_firstlineno, frame.f_lineno))
        return local

    def start(frame, event, arg):
        if frame.f_code.co_filename != "program":
            return None
        if not any(known is frame for known in frames):
            frames.append(frame)
            starts.append(frame.f_code.co_firstlineno)
        return local

    space = {"__name__": "program"}
    sys.settrace(start)
    try:
        exec(code, space)
    finally:
        sys.settrace(None)
    return space["RESULT"], lines, starts


def hooked(code, sites):
    calls = []
    builtins.__hook__ = calls.append
    space = {"__name__": "program"}
    exec(code, space)
    return space["RESULT"], [sites[number] for number in calls]


def events(plain, changed, site_file):
    with open(site_file) as file:
        sites = [line.rstrip("\n").split("\t") for line in file]
    (plain,), (changed,) = blobs(plain), blobs(changed)
    result, lines, starts = traced(plain)
    hooked_result, calls = hooked(changed, sites)
    assert repr(hooked_result) == repr(result), (hooked_result, result)
    seen = {(int(first), int(line)) for kind, _, first, line in calls if kind == "line"}
    assert seen == lines, "only hooked %s, only traced %s" % (sorted(seen - lines), sorted(lines - seen))
    began = [int(first) for kind, _, first, _ in calls if kind == "start"]
    assert began == starts, "hooked %s, traced %s" % (began, starts)
    counted = [(kind, line) for kind, path, _, line in calls if path.endswith(".counted") and kind in ("stays", "jumps")]
    first = min(int(line) for _, line in counted)
    loop = [kind for kind, line in counted if int(line) == first]
    test = [kind for kind, line in counted if int(line) == first + 1]
    assert loop == ["stays"] * 5 + ["jumps"], loop
    assert sorted([test.count("stays"), test.count("jumps")]) == [2, 3], test
    branches = sum(kind in ("stays", "jumps") for kind, _, _, _ in calls)
    print("%d lines, %d starts, %d branches" % (len(seen), len(began), branches))


def workloads():
    text = "Beautiful is better than ugly.\nExplicit is better than implicit.\nSimple is better than complex.\n" * 3
    import ast

    return {
        "textwrap": lambda m: (m.wrap(text, 30), m.dedent("  a\n    b\n"), m.shorten(text, 40), m.indent(text, "> ")),
        "difflib": lambda m: (
            list(m.unified_diff(text.split(), text.upper().split()[:9] + text.split()[3:])),
            m.get_close_matches("appel", ["ape", "apple", "peach"]),
            list(m.ndiff(["a\n", "b\n"], ["b\n", "c\n"])),
        ),
        "heapq": lambda m: (m.nsmallest(3, [5, 1, 4]), list(m.merge([1, 4], [2, 3])), m.nlargest(2, "hello", key=ord)),
        "bisect": lambda m: (m.bisect([1, 3, 5], 3), m.bisect_left([1, 3, 5], 3)),
        "fractions": lambda m: (m.Fraction("3/7") + m.Fraction(1, 3), m.Fraction(0.125).limit_denominator(5)),
        "statistics": lambda m: (m.mean([1, 2, 4]), m.median([3, 1, 2]), m.pstdev([1, 2, 3, 4])),
        "tokenize": lambda m: [tuple(t)[:3] for t in m.generate_tokens(io.StringIO("x = (1 +\n  'a')\n").readline)],
        "configparser": lambda m: (lambda p: (p.read_string("[a]\nb = 1\nc = %(b)s\n"), p.sections(), p.get("a", "c")))(m.ConfigParser()),
        "argparse": lambda m: (lambda p: (p.add_argument("--n", type=int), p.add_argument("x"), vars(p.parse_args(["--n", "3", "y"])), len(p.format_help())))(
            m.ArgumentParser(prog="p")
        )[2:3],
        "html.parser": lambda m: m.HTMLParser().feed("<p>a<br/>&amp;<!-- c --></p>"),
        "json.decoder": lambda m: m.JSONDecoder().decode('{"a": [1, 2.5, null, "x\\u00e9"]}'),
        "json.encoder": lambda m: m.JSONEncoder(indent=1, sort_keys=True).encode({"b": [1, 2.5, None], "a": "\xe9"}),
        "csv": lambda m: (list(m.DictReader(io.StringIO("a,b\n1,2\n"))), m.Sniffer().sniff("a;b\n1;2\n").delimiter),
        "shlex": lambda m: m.split("a 'b c' \"d e\" f\\ g"),
        "string": lambda m: (m.Template("$a ${b}").substitute(a=1, b=2), m.capwords("a b"), m.Formatter().format("{0:>4}|{x!r}", 1, x="y")),
        "dataclasses": lambda m: repr(m.make_dataclass("P", [("x", int), ("y", int, m.field(default=3))])(1)),
        "enum": lambda m: (list(m.Enum("E", "a b c")), [f.name for f in m.Flag("F", "x y")]),
        "functools": lambda m: (m.reduce(lambda a, b: a + b, [1, 2, 3]), m.lru_cache(2)(len)("abc"), m.partial(max, 3)(4)),
        "collections": lambda m: (m.Counter("hello").most_common(2), m.OrderedDict(a=1), m.namedtuple("N", "a b")(1, 2)),
        "copy": lambda m: m.deepcopy({"a": [1, (2, {3})]}),
        "pprint": lambda m: m.pformat({"a": list(range(30)), "b": {"c": "d" * 50}}, width=30),
        "inspect": lambda m: str(m.signature(compile_source)),
        "ast": lambda m: m.dump(m.parse("def f(x): return [y for y in x if y]")),
        "datetime": lambda m: str(m.datetime(2020, 2, 29) + m.timedelta(days=366)),
        "decimal": lambda m: str(m.Decimal("1.1") / m.Decimal(7)),
        "random": lambda m: m.Random(7).sample(range(100), 5),
        "gettext": lambda m: [m.c2py("n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2")(n) for n in (0, 1, 2, 11, 21)],
        "calendar": lambda m: m.TextCalendar().formatmonth(2024, 2),
        "contextlib": lambda m: m.nullcontext(4).__enter__(),
        "asyncio.queues": lambda m: m.__name__,
    }


def load(code, name):
    plain = importlib.import_module(name)
    module = types.ModuleType(name)
    module.__dict__.update(__file__=plain.__file__, __package__=plain.__package__, __spec__=plain.__spec__)
    if hasattr(plain, "__path__"):
        module.__path__ = plain.__path__
    kept = sys.modules[name]
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    finally:
        sys.modules[name] = kept
    return module


def modules(plain, changed):
    calls = [0]

    def hook(number):
        calls[0] += 1

    builtins.__hook__ = hook
    ran = 0
    work = workloads()
    for name, before, after in zip(sorted(work), blobs(plain), blobs(changed)):
        sys.modules.pop("_never_there", None)
        results = []
        for code in (before, after):
            module = load(code, name)
            try:
                results.append(repr(work[name](module)))
            except Exception as error:
                results.append(repr(error))
        assert results[0] == results[1], "%s: %s\n%s" % (name, results[0], results[1])
        ran += 1
    print("%d modules, %d calls of the hook" % (ran, calls[0]))


def sources():
    for name in sorted(workloads()):
        module = importlib.import_module(name)
        with open(module.__file__, "rb") as file:
            data = marshal.dumps(compile(file.read(), module.__file__, "exec", dont_inherit=True))
        sys.stdout.buffer.write(struct.pack("<I", len(data)) + data)


def fold(path):
    codes = list(blobs(path))
    for before, after in zip(codes[::2], codes[1::2]):
        results = []
        for code in (before, after):
            try:
                value = types.FunctionType(code, {})()
                results.append((type(value), repr(value)))
            except Exception as error:
                results.append((type(error), str(error)))
        assert results[0] == results[1], (before.co_consts, results)
    print("%d pairs" % (len(codes) // 2))


{"compile": compile_source, "sources": sources, "events": events, "modules": modules, "fold": fold}[sys.argv[1]](*sys.argv[2:])
