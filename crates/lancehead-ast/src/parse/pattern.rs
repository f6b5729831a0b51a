//! The patterns of `match`.

use super::{Converter, Result};
use crate::node::*;
use ruff_python_ast as ruff;
use ruff_text_size::Ranged;

impl Converter<'_> {
    pub(super) fn pattern(&mut self, pattern: &ruff::Pattern) -> Result<Pattern> {
        let line = self.line(pattern.range());
        self.pattern_lines.push(line);
        self.nested(pattern.range(), |this| this.pattern_kind(pattern))
    }

    fn patterns(&mut self, patterns: &[ruff::Pattern]) -> Result<Vec<Pattern>> {
        self.each(patterns, Self::pattern)
    }

    fn pattern_kind(&mut self, pattern: &ruff::Pattern) -> Result<Pattern> {
        use ruff::Pattern as R;
        let name = |name: &Option<ruff::Identifier>| name.as_ref().map(|name| name.as_str().into());
        Ok(match pattern {
            R::MatchValue(p) => Pattern::Value(self.expr(&p.value)?),
            R::MatchSingleton(p) => Pattern::Singleton(match p.value {
                ruff::Singleton::None => Constant::None,
                ruff::Singleton::True => Constant::Bool(true),
                ruff::Singleton::False => Constant::Bool(false),
            }),
            R::MatchSequence(p) => Pattern::Sequence(self.patterns(&p.patterns)?),
            R::MatchMapping(p) => Pattern::Mapping {
                keys: self.exprs(&p.keys)?,
                patterns: self.patterns(&p.patterns)?,
                rest: name(&p.rest),
            },
            R::MatchClass(p) => {
                let mut kwd_attrs = Vec::with_capacity(p.arguments.keywords.len());
                let mut kwd_patterns = Vec::with_capacity(p.arguments.keywords.len());
                let cls = self.expr(&p.cls)?;
                let patterns = self.patterns(&p.arguments.patterns)?;
                for keyword in &p.arguments.keywords {
                    kwd_attrs.push(keyword.attr.as_str().into());
                    kwd_patterns.push(self.pattern(&keyword.pattern)?);
                }
                Pattern::Class { cls, patterns, kwd_attrs, kwd_patterns }
            }
            R::MatchStar(p) => Pattern::Star(name(&p.name)),
            R::MatchAs(p) => {
                let pattern = p.pattern.as_deref().map(|p| self.pattern(p)).transpose()?;
                Pattern::As { pattern: pattern.map(Box::new), name: name(&p.name) }
            }
            R::MatchOr(p) => Pattern::Or(self.patterns(&p.patterns)?),
        })
    }
}
