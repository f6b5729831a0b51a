//! How protected regions are left.

use lancehead_ir::Op;

/// The number of operations that call the exit of a `with` without an exception, if the operations start so.
pub fn exit_call(insts: &[lancehead_ir::Inst]) -> Option<usize> {
    let mut at = 0;
    if matches!(insts.first()?.op, Op::WithExit) {
        at = 1;
    } else {
        let copies_or_nones =
            insts.iter().take_while(|i| i.op.loads_none() || matches!(i.op, Op::Copy(1))).count();
        if copies_or_nones < 3 {
            return None;
        }
        at += 3;
        match insts.get(at)?.op {
            Op::Call { argc: 2 | 3, keywords: false, .. } => at += 1,
            _ => return None,
        }
    }
    if matches!(insts.get(at)?.op, Op::GetAwaitable) {
        at += insts[at..].iter().position(|i| matches!(i.op, Op::YieldFrom))? + 1;
    }
    matches!(insts.get(at)?.op, Op::Pop).then_some(at + 1)
}
