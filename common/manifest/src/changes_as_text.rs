use crate::{Node, Value};

impl Value<'_> {
    /// Whether this is a number or a boolean that [`Value::to_text`] turns into another text than stands in the
    /// source: `0755` becomes `493`, `1_000` becomes `1000`, `yes` becomes `true`, `3.14159265358979` becomes
    /// `3.1415927`. Quotes around it do not count, and for an alias what stands at its anchor does. Never so for
    /// null, texts, lists and mappings, and for a value that was made.
    ///
    /// `source` is the whole text that the spans of the value refer to, not that of its document alone.
    ///
    /// ```
    /// let source = "a: 0755\nb: 443\n";
    /// let limits = manifest::Limits::default();
    /// let value = manifest::documents(source, &limits).next().unwrap()?.parse(&limits)?.value;
    /// assert!(value.get("a").unwrap().changes_as_text(source));
    /// assert!(!value.get("b").unwrap().changes_as_text(source));
    /// # Ok::<(), manifest::Error>(())
    /// ```
    pub fn changes_as_text(&self, source: &str) -> bool {
        if !matches!(self.node, Node::Bool(_) | Node::Integer(_) | Node::Unsigned(_) | Node::Float(_))
            || self.span.line == 0
        {
            return false;
        }
        let written = source.get(self.span.range()).unwrap_or_default().trim();
        let written = match written.strip_prefix('*') {
            Some(name) => at_anchor(&source[..self.span.start], name),
            None => written.trim_matches(QUOTES),
        };
        self.to_text().is_none_or(|text| text != written)
    }
}

const QUOTES: [char; 2] = ['"', '\''];

/// What stands at the last anchor of a name, as a number or a boolean is written: no blank within, and no bracket.
/// Nothing where it is not found, which is no number.
fn at_anchor<'s>(before: &'s str, name: &str) -> &'s str {
    let anchor = format!("&{name}");
    let is_end =
        |character: char| character.is_whitespace() || matches!(character, ',' | '[' | ']' | '{' | '}');
    let mut found = before.rmatch_indices(&anchor).filter_map(|(at, _)| {
        let begins = before[..at].chars().next_back().is_none_or(is_end);
        let rest = &before[at + anchor.len()..];
        (begins && rest.starts_with(char::is_whitespace)).then_some(rest)
    });
    let mut rest = found.next().unwrap_or_default().trim_start();
    // A tag may stand behind the anchor too.
    if rest.starts_with('!') {
        rest = rest[rest.find(char::is_whitespace).unwrap_or(rest.len())..].trim_start();
    }
    let token = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    token.trim_end_matches(':').trim_matches(QUOTES)
}
