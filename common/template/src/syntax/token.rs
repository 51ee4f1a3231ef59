//! The words that a text is cut into.

use crate::go::quote::quoted;

/// A word of a template's text.
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) what: What,
    /// The byte it begins at.
    pub(super) at: usize,
    /// As it is written; of an error, nothing.
    pub(super) text: &'a str,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The text cannot be cut further; the lexer tells why.
    Error,
    End,
    /// What stands between the actions.
    Text,
    LeftDelimiter,
    RightDelimiter,
    LeftParenthesis,
    RightParenthesis,
    /// White space between arguments, which separates them.
    Space,
    Pipe,
    Assign,
    Declare,
    /// Any other character of ASCII, such as a comma.
    Character,
    Bool,
    Number,
    /// `1+2i`
    Complex,
    /// `'x'`
    Rune,
    /// In quotes or backquotes.
    Quoted,
    /// `.name`
    Field,
    /// `$name`
    Variable,
    Identifier,
    Keyword(Keyword),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Dot,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Keyword {
    pub(super) fn of(word: &str) -> Option<Keyword> {
        Some(match word {
            "." => Keyword::Dot,
            "block" => Keyword::Block,
            "break" => Keyword::Break,
            "continue" => Keyword::Continue,
            "define" => Keyword::Define,
            "else" => Keyword::Else,
            "end" => Keyword::End,
            "if" => Keyword::If,
            "nil" => Keyword::Nil,
            "range" => Keyword::Range,
            "template" => Keyword::Template,
            "with" => Keyword::With,
            _ => return None,
        })
    }
}

impl What {
    /// Whether a command can begin with it.
    pub(super) fn begins_operand(self) -> bool {
        matches!(
            self,
            What::Bool
                | What::Rune
                | What::Complex
                | What::Number
                | What::Field
                | What::Identifier
                | What::Quoted
                | What::Variable
                | What::LeftParenthesis
                | What::Keyword(Keyword::Dot | Keyword::Nil)
        )
    }
}

impl Token<'_> {
    /// As Go shows it in errors: keywords in angle brackets, everything else quoted, its first ten characters at most.
    pub(super) fn shown(&self) -> String {
        match self.what {
            What::End => "EOF".to_owned(),
            What::Keyword(_) => format!("<{}>", self.text),
            _ if self.text.len() > 10 => {
                let end = self.text.char_indices().nth(10).map_or(self.text.len(), |(at, _)| at);
                format!("{}...", quoted(self.text.get(..end).unwrap_or(self.text)))
            }
            _ => quoted(self.text),
        }
    }
}
