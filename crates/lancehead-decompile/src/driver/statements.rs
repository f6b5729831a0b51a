//! From one code object to its statements, before they are finished.

use lancehead_ast::Suite;
use lancehead_ir::{Graph, Op, Temporaries, Variable};

use crate::code::failure::{Failure, Outcome};
use crate::code::unit::Unit;
use crate::execute::item::Item;
use crate::graph::flow::Flow;
use crate::options::{Dump, Stage};
use crate::passes;
use crate::stack_to_variables::{self, Means};
use crate::structure::Structurer;

/// The statements of a code object in the form that the unit is for.
pub fn statements(unit: &mut Unit<'_>, path: &str, dump: Option<&Dump<'_>>) -> Outcome<Suite> {
    let mut graph = lancehead_ir::lift(unit.code)?;
    unit.read_graph(&graph);
    stack_to_variables::rewrite(&mut graph, unit.form, &means(unit))?;
    unit.may_yield = graph.blocks.iter().flat_map(|block| &block.insts).any(|inst| may_yield(&inst.op));
    let after = |pass: &str, graph: &Graph| {
        if let Some(dump) = dump {
            dump(path, pass, Stage::Graph(graph));
        }
    };
    let prepared = passes::prepare(graph, unit.dialect, unit.names.is_function(), unit.meter.clone(), after);
    let flow = Flow::of(&prepared.graph);
    let items = Structurer::new(unit, &prepared, &flow).run()?;
    unit.check_repeated()?;
    let statement = |item| match item {
        Item::Stmt(stmt) => Ok(stmt),
        Item::Bind(..) => Err(Failure::Expression { what: "a target bound out of its place", offset: 0 }),
    };
    let suite = items.into_iter().map(statement).collect::<Outcome<Suite>>()?;
    if let Some(dump) = dump {
        dump(path, "structure", Stage::Statements(&suite));
    }
    Ok(suite)
}

/// What a rewritten graph of the code object may use.
fn means(unit: &Unit<'_>) -> Means {
    Means {
        temporaries: Temporaries::of(unit.code),
        variable: if unit.names.is_function() { Variable::Fast } else { Variable::Name },
        iterator_slots: unit.dialect.iterator_slots as u32,
        folds_slices: unit.dialect.folds_slices,
    }
}

/// Whether an operation leaves a `yield`, or an element that is written as one.
fn may_yield(op: &Op) -> bool {
    matches!(
        op,
        Op::Yield
            | Op::YieldFrom
            | Op::ListAppend(_)
            | Op::SetAdd(_)
            | Op::MapAdd { .. }
            | Op::ListExtend(_)
            | Op::SetUpdate(_)
            | Op::DictUpdate(_)
            | Op::DictMerge(_)
    )
}
