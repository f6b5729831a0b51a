//! How many values operations take and push.

use crate::{Collection, Op};

impl Op {
    /// Whether the operation loads None.
    pub fn loads_none(&self) -> bool {
        matches!(self, Op::Const(object) if **object == lancehead_pyc::Object::None)
    }

    /// How many values the operation takes from the stack and pushes onto it, where that is plain: values that are
    /// only moved or looked at count as taken and pushed again. `None` where that depends on what is on the stack.
    pub fn effect(&self) -> Option<(u32, u32)> {
        let many = |n: u32| n.checked_mul(2);
        Some(match self {
            Op::Pop | Op::Store(..) => (1, 0),
            Op::Copy(n) => (*n, n.checked_add(1)?),
            Op::Swap(n) | Op::Rotate(n) => (*n, *n),
            Op::PushNull
            | Op::Const(_)
            | Op::Load(..)
            | Op::LoadAndClear(_)
            | Op::LoadClosure(_)
            | Op::LoadCell(_)
            | Op::LoadLocals
            | Op::LoadBuildClass
            | Op::LoadAssertionError
            | Op::LoadCommonConstant(_) => (0, 1),
            Op::Delete(..) | Op::SetupAnnotations => (0, 0),
            Op::LoadAttr(_) | Op::Unary(_) | Op::GetAiter | Op::GetAwaitable | Op::Yield => (1, 1),
            Op::ConvertValue(_) | Op::ListToTuple | Op::Intrinsic1(_) | Op::PrintExpr => (1, 1),
            Op::GetYieldFromIter => (1, 1),
            Op::LoadMethod(_) => (1, 2),
            Op::LoadSuperAttr { method, .. } => (3, 1 + u32::from(*method)),
            Op::StoreAttr(_) | Op::DeleteSubscript => (2, 0),
            Op::DeleteAttr(_) | Op::ImportStar => (1, 0),
            Op::Subscript
            | Op::Binary(_)
            | Op::Inplace(_)
            | Op::Compare(_)
            | Op::Is { .. }
            | Op::Contains { .. }
            | Op::YieldFrom
            | Op::BuildTemplate
            | Op::Intrinsic2(_)
            | Op::ImportName { .. }
            | Op::SetFunctionAttribute(_) => (2, 1),
            Op::StoreSubscript => (3, 0),
            Op::BinarySlice => (3, 1),
            Op::StoreSlice => (4, 0),
            Op::Build(Collection::Map, n) => (many(*n)?, 1),
            Op::Build(_, n) | Op::BuildUnpack(_, n) | Op::BuildSlice(n) | Op::BuildString(n) => (*n, 1),
            Op::BuildConstKeyMap(n) => (n.checked_add(1)?, 1),
            Op::FormatValue { has_spec, .. } => (1 + u32::from(*has_spec), 1),
            Op::BuildInterpolation { has_spec, .. } => (2 + u32::from(*has_spec), 1),
            Op::ListExtend(n)
            | Op::SetUpdate(n)
            | Op::DictUpdate(n)
            | Op::DictMerge(n)
            | Op::ListAppend(n)
            | Op::SetAdd(n) => (n.checked_add(1)?, *n),
            Op::MapAdd { index, .. } => (index.checked_add(2)?, *index),
            Op::Call { argc, keywords, null_slot } => {
                (argc.checked_add(1 + u32::from(*keywords) + u32::from(*null_slot))?, 1)
            }
            Op::CallEx { keywords, null_slot } => (2 + u32::from(*keywords) + u32::from(*null_slot), 1),
            Op::MakeFunction { flags, has_qualname } => {
                (1 + u32::from(*has_qualname) + (flags & 0xF).count_ones(), 1)
            }
            Op::ImportFrom(_) | Op::GetLen | Op::MatchMapping | Op::MatchSequence => (1, 2),
            Op::MatchKeys { flag } => (2, 3 + u32::from(*flag)),
            Op::MatchClass { flag, .. } => (3, 1 + u32::from(*flag)),
            Op::CopyDictWithoutKeys => (2, 2),
            Op::Unpack(n) => (1, *n),
            Op::UnpackEx(before, after) => (1, before.checked_add(*after)?.checked_add(1)?),
            Op::GetIter { index_slot } => (1, 1 + u32::from(*index_slot)),
            Op::ExceptionMatch { keeps_exception } => (2 - u32::from(*keeps_exception), 1),
            Op::ExceptionGroupMatch => (2, 2),
            Op::PrepReraiseStar => (2, 1),
            Op::BeforeWith { null_slot, .. } => (1, 2 + u32::from(*null_slot)),
            Op::WithExit | Op::LeaveFinally(_) | Op::FallsOut | Op::JumpsOut => (0, 0),
            Op::Nop | Op::Break | Op::Continue | Op::LeaveLoop => (0, 0),
            Op::WithExceptStart => (0, 1),
            Op::EnterHandler(n) => (0, *n),
            Op::PopExcept(n) => (*n, 0),
            Op::SuppressException | Op::LeaveHandler { .. } => return None,
        })
    }
}
