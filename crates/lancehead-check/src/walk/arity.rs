//! What each step takes from the stack and leaves on it.

use lancehead_ir::{Collection, UnaryOperator, Variable};

use crate::act::{Act, Grow};
use crate::dialect::Dialect;

/// What a step does to the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity {
    /// Values taken.
    pub pop: u32,
    /// Values below those, looked at and left.
    pub peek: u32,
    /// Values pushed.
    pub push: u32,
}

const fn arity(pop: u32, push: u32) -> Option<Arity> {
    Some(Arity { pop, peek: 0, push })
}

const fn peek(pop: u32, peek: u32, push: u32) -> Option<Arity> {
    Some(Arity { pop, peek, push })
}

/// For acts that are steps of their own and go on with the next instruction.
pub fn of(act: Act, d: &Dialect) -> Option<Arity> {
    match act {
        Act::Load(..) | Act::LoadLocals | Act::LoadBuildClass => arity(0, 1),
        Act::Store(..) => arity(1, 0),
        Act::Delete(..) | Act::SetupAnnotations => arity(0, 0),
        Act::LoadFromDict(..) | Act::LoadAttr(_) => arity(1, 1),
        Act::LoadMethod(_) => arity(1, 2),
        Act::LoadSuper { method, .. } => arity(3, if method { 2 } else { 1 }),
        Act::StoreAttr(_) => arity(2, 0),
        Act::DeleteAttr(_) => arity(1, 0),
        Act::Subscript | Act::Binary(_) | Act::Inplace(_) | Act::Compare(_) => arity(2, 1),
        Act::Is | Act::IsNot | Act::Contains | Act::NotContains => arity(2, 1),
        Act::StoreSubscript => arity(3, 0),
        Act::DeleteSubscript => arity(2, 0),
        Act::BinarySlice => arity(3, 1),
        Act::StoreSlice => arity(4, 0),
        Act::GetLen => peek(0, 1, 1),
        Act::Unary(_) | Act::ListToTuple | Act::Convert(_) => arity(1, 1),
        Act::Build(Collection::Map, n) => arity(n.saturating_mul(2), 1),
        Act::Build(_, n) | Act::BuildUnpack(_, n, _) | Act::BuildSlice(n) | Act::BuildString(n) => {
            arity(n, 1)
        }
        Act::BuildConstKeyMap(n) => arity(n.saturating_add(1), 1),
        Act::FormatValue { has_spec, .. } => arity(1 + u32::from(has_spec), 1),
        Act::BuildInterpolation { has_spec, .. } => arity(2 + u32::from(has_spec), 1),
        Act::BuildTemplate => arity(2, 1),
        Act::Grow(Grow::MapAdd, _) => arity(2, 0),
        Act::Grow(..) => arity(1, 0),
        Act::Unpack(n) => arity(1, n),
        Act::UnpackEx(before, after) => arity(1, before + after + 1),
        Act::Call { argc, keywords, slots } => arity(argc.saturating_add(u32::from(keywords) + slots), 1),
        Act::CallEx { keywords, slots } => arity(1 + u32::from(keywords) + slots, 1),
        Act::MakeFunction(flags) => arity((flags & 15).count_ones() + 1 + u32::from(d.names_functions()), 1),
        Act::SetFunctionAttribute(_) | Act::ImportName(..) => arity(2, 1),
        Act::ImportFrom(_) => peek(0, 1, 1),
        Act::ImportStar if d.intrinsics() => arity(1, 1),
        Act::PrintExpr if d.intrinsics() => arity(1, 1),
        Act::ImportStar | Act::PrintExpr => arity(1, 0),
        Act::Intrinsic1(_) | Act::AsyncGenWrap => arity(1, 1),
        Act::Intrinsic2(_) | Act::PrepReraiseStar => arity(2, 1),
        Act::GetIter => arity(1, if d.index_slot { 2 } else { 1 }),
        Act::GetYieldFromIter => arity(1, if d.index_slot { 2 } else { 1 }),
        Act::GetAiter | Act::GetAwaitable | Act::Yield => arity(1, 1),
        Act::GetAnext => peek(0, 1, 1),
        Act::YieldFrom => arity(2, 1),
        Act::CleanupThrow => arity(if d.index_slot { 4 } else { 3 }, if d.index_slot { 3 } else { 2 }),
        Act::MatchMapping | Act::MatchSequence => peek(0, 1, 1),
        Act::MatchKeys => peek(0, 2, if d.match_flags() { 2 } else { 1 }),
        Act::MatchClass(_) => arity(3, if d.match_flags() { 2 } else { 1 }),
        Act::CopyDictWithoutKeys => peek(1, 1, 1),
        Act::BeforeWith | Act::BeforeAsyncWith | Act::LoadSpecial(_) => arity(1, 2),
        Act::WithExceptStart if !d.exception_table => peek(0, 7, 1),
        Act::WithExceptStart => peek(0, if d.special_methods() { 5 } else { 4 }, 1),
        Act::ExcMatch if d.exception_table => peek(1, 1, 1),
        Act::ExcMatch => arity(2, 1),
        Act::ExcGroupMatch => arity(2, 2),
        _ => None,
    }
}

/// Whether the handler of a step matters: steps that cannot raise are not always covered by the exception table.
pub fn can_raise(act: Act, d: &Dialect) -> bool {
    match act {
        Act::Load(Variable::Fast, _) | Act::Store(Variable::Fast, _) | Act::LoadAndClear(_) => false,
        Act::Build(Collection::Tuple | Collection::List, _) | Act::Is | Act::IsNot => !d.exception_table,
        Act::Unary(UnaryOperator::Not) => !d.exception_table,
        Act::PopExcept | Act::Return => false,
        _ => true,
    }
}
