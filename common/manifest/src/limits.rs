/// How much one text may ask of the reader, as figures in one place.
///
/// The number of documents is not limited: they are read one after another, and each costs what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lists and mappings that may lie within one another. Deep enough for any manifest, and shallow enough
    /// that what recurses over a value (dropping it included) fits a thread of 2 MiB, in debug builds too.
    pub nesting: usize,
    /// Bytes of memory that the aliases and merge keys of one document may copy. Texts that are borrowed from
    /// the input are not copied and count with their place only, so that thousands of aliases to a large text
    /// stay within the figure, while a file of aliases to lists of aliases is refused in milliseconds.
    pub alias_bytes: usize,
    /// Bytes of one input text.
    pub input_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { nesting: 1_000, alias_bytes: 16 << 20, input_bytes: 1 << 30 }
    }
}
