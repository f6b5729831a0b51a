//! Parameters and type parameters.

use super::first::first_line;
use super::level::Slot;
use super::line::Line;
use crate::node::*;

impl Arguments {
    /// Whether there are no parameters at all.
    pub fn is_empty(&self) -> bool {
        self.posonlyargs.is_empty()
            && self.args.is_empty()
            && self.vararg.is_none()
            && self.kwonlyargs.is_empty()
            && self.kwarg.is_none()
    }
}

impl<'a> Line<'a> {
    /// Queues a parameter list without its parentheses; `breaks` where brackets stand around it.
    pub(super) fn parameters(&mut self, args: &'a Arguments, breaks: bool) {
        let positional = args.posonlyargs.len() + args.args.len();
        // Defaults belong to the last parameters.
        let without_default = positional.saturating_sub(args.defaults.len());
        let mut first = true;
        for (i, arg) in args.posonlyargs.iter().chain(&args.args).enumerate() {
            self.separate(&mut first, breaks);
            let default = i.checked_sub(without_default).and_then(|at| args.defaults.get(at));
            self.parameter("", arg, default);
            if i + 1 == args.posonlyargs.len() {
                self.separate(&mut first, breaks);
                self.text("/");
            }
        }
        if let Some(vararg) = &args.vararg {
            self.separate(&mut first, breaks);
            self.parameter("*", vararg, None);
        } else if !args.kwonlyargs.is_empty() {
            self.separate(&mut first, breaks);
            self.text("*");
        }
        for (i, arg) in args.kwonlyargs.iter().enumerate() {
            self.separate(&mut first, breaks);
            self.parameter("", arg, args.kw_defaults.get(i).and_then(Option::as_ref));
        }
        if let Some(kwarg) = &args.kwarg {
            self.separate(&mut first, breaks);
            self.parameter("**", kwarg, None);
        }
    }

    fn separate(&mut self, first: &mut bool, breaks: bool) {
        if *first {
            *first = false;
        } else if breaks {
            self.comma();
        } else {
            self.text(", ");
        }
    }

    fn parameter(&mut self, stars: &'static str, arg: &'a Arg, default: Option<&'a Expr>) {
        // The name itself has no line; what belongs to it mostly stands beside it.
        self.at(arg.annotation.as_deref().or(default).map_or(0, first_line));
        self.text(stars);
        self.identifier(&arg.arg);
        if let Some(annotation) = &arg.annotation {
            self.text(": ");
            self.expr(annotation, Slot::TEST);
        }
        if let Some(default) = default {
            self.text(if arg.annotation.is_some() { " = " } else { "=" });
            self.expr(default, Slot::TEST);
        }
    }

    /// Queues a type parameter list with its brackets, or nothing.
    pub(super) fn type_parameters(&mut self, params: &'a [TypeParam]) {
        if params.is_empty() {
            return;
        }
        self.open("[");
        for (i, param) in params.iter().enumerate() {
            if i > 0 {
                self.comma();
            }
            let (stars, name, bound, default) = match param {
                TypeParam::TypeVar { name, bound, default } => ("", name, bound.as_ref(), default),
                TypeParam::ParamSpec { name, default } => ("**", name, None, default),
                TypeParam::TypeVarTuple { name, default } => ("*", name, None, default),
            };
            self.text(stars);
            self.identifier(name);
            if let Some(bound) = bound {
                self.text(": ");
                self.expr(bound, Slot::TEST);
            }
            if let Some(default) = default {
                self.text(" = ");
                self.expr(default, Slot::TEST);
            }
        }
        self.close("]", true);
    }
}
