"""Prints what the interpreter that runs this says about its own instruction set, one fact a line.

The files in `reference/` are its output under each version. `reference.rs` reads them, and runs it again under every
interpreter that it finds. Works from 3.7 on.
"""

import dis
import opcode

# Arguments at which stack effects are sampled: small counts, all flag bits, both sides of a byte, two-byte values.
ARGS = list(range(18)) + [31, 32, 64, 128, 255, 256, 257, 513, 1000, 65535, 65536]


def effect(number, **jump):
    def at(arg):
        try:
            return str(dis.stack_effect(number, arg if number in HAS_ARG else None, **jump))
        except ValueError:
            return "x"

    values = [at(arg) for arg in ARGS]
    return values[0] if len(set(values)) == 1 else ",".join(values)


def caches(number, name):
    layout = getattr(opcode, "_cache_format", {}).get(name, {})
    return ",".join("%s:%d" % item for item in layout.items()) or "-"


REAL = sorted((number, name) for name, number in opcode.opmap.items() if number < 256)
HAS_ARG = set(getattr(opcode, "hasarg", [number for number, _ in REAL if number >= opcode.HAVE_ARGUMENT]))
KINDS = ["const", "name", "jrel", "jabs", "local", "free", "compare"]

for number, name in REAL:
    kinds = [kind for kind in KINDS if number in getattr(opcode, "has" + kind)]
    has = ",".join((["arg"] if number in HAS_ARG else []) + kinds) or "-"
    try:
        effects = [effect(number, jump=False), effect(number, jump=True)]
    except TypeError:  # 3.7 knows no `jump`, and gives the larger of the two
        effects = [effect(number)]
    print("opcode", number, name, caches(number, name), has, *effects)

specialized = getattr(opcode, "_specialized_opmap", None) or {
    name: dis._all_opmap[name] for name in getattr(opcode, "_specialized_instructions", [])
}
for name, number in sorted(specialized.items(), key=lambda item: item[1]):
    print("specialized", number, name, dis.deoptmap[name])

for number, operator in enumerate(opcode.cmp_op):
    print("compare", number, operator)
for number, (_, operator) in enumerate(getattr(opcode, "_nb_ops", [])):
    print("binary", number, operator)
for label, names in [
    ("intrinsic_1", getattr(opcode, "_intrinsic_1_descs", [])),
    ("intrinsic_2", getattr(opcode, "_intrinsic_2_descs", [])),
    ("special", getattr(opcode, "_special_method_names", [])),
    ("attribute", getattr(dis, "FUNCTION_ATTR_FLAGS", getattr(dis, "MAKE_FUNCTION_FLAGS", []))),
]:
    for number, name in enumerate(names):
        print(label, number, name)
for number, constant in enumerate(getattr(opcode, "_common_constants", [])):
    print("constant", number, getattr(constant, "__name__", repr(constant)))
