//! The parser's complaints as plain sentences that quote nothing of the input.

use granit_parser::ErrorKind as Kind;

use crate::ErrorKind;

pub(crate) fn problem(kind: &Kind, nesting: usize) -> ErrorKind {
    ErrorKind::Yaml(match kind {
        Kind::RecursionLimitExceeded => return ErrorKind::TooDeep { limit: nesting },
        Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::UnclosedFlowCollection { .. } => "a bracket is not closed",
        Kind::MisplacedFlowCollectionEnd => "a closing bracket without an opening one",
        Kind::MismatchedFlowCollectionEnd { .. } => "a bracket is closed by one of another kind",
        Kind::UnclosedQuotedScalar => "a quote is not closed",
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => {
            "text after the closing quote"
        }
        Kind::DocumentIndicatorInQuotedScalar => "a document ends within quotes",
        Kind::UnexpectedEof | Kind::UnexpectedEofBlockSequence | Kind::UnexpectedEofBlockMapping => {
            "the document ends too early"
        }
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabInIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInPlainScalar => "a tab is used for indentation",
        Kind::InvalidIndentation
        | Kind::InvalidBlockScalarIndent
        | Kind::InvalidQuotedScalarIndent
        | Kind::InvalidFlowScalarIndent => "the indentation does not fit the lines before",
        Kind::ExpectedBlockMappingKey => "expected a key at this indentation",
        Kind::ExpectedBlockSequenceEntry => "expected a list item at this indentation",
        Kind::BlockSequenceEntryNotAllowed | Kind::BlockEntryInFlowCollection => {
            "a list item is not allowed here"
        }
        Kind::MappingValueNotAllowed | Kind::InvalidColonPlacement => {
            "a colon followed by a blank is not allowed here; quote the value"
        }
        Kind::MappingKeyNotAllowed => "a key is not allowed here",
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => "expected a colon after the key",
        Kind::ExpectedFlowMappingSeparator => "expected a comma or `}`",
        Kind::ExpectedFlowSequenceSeparator => "expected a comma or `]`",
        Kind::UnexpectedCharacter { .. } => "a value cannot begin with this character; quote it",
        Kind::UnknownAnchor => "an alias names an anchor that is not there",
        Kind::UnknownQuotedScalarEscape
        | Kind::InvalidQuotedScalarHexEscape
        | Kind::InvalidLowSurrogateHexEscape
        | Kind::InvalidLowSurrogate
        | Kind::MissingLowSurrogate
        | Kind::UnpairedLowSurrogate
        | Kind::InvalidUnicodeEscape => "an escape that YAML does not have",
        Kind::UndeclaredTagHandle => "a tag whose handle is not declared",
        Kind::InvalidBlockScalarHeader | Kind::ZeroBlockScalarIndent => {
            "text after `|` or `>` on the same line"
        }
        Kind::CommentNotSeparated => "a comment needs a blank before its `#`",
        Kind::CommentInterceptedScalar => "a comment within a text of several lines",
        Kind::ExpectedDocumentStart | Kind::MissingDocumentEndBeforeDirective => {
            "expected the end of the document"
        }
        Kind::BomInsideDocument => "a byte order mark within the document",
        Kind::ExpectedNodeContent => "expected a value",
        _ => "the YAML is not well-formed",
    })
}
