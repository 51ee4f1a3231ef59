/// How much one text may ask of the reader, as figures in one place.
///
/// The number of documents is not limited: they are read one after another, and each costs what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lists and mappings that may lie within one another. Deep enough for any manifest, and shallow enough
    /// that what recurses over a value (dropping it included) fits a thread of 2 MiB, in debug builds too.
    pub nesting: usize,
    /// Bytes of memory that the aliases and merge keys of one document may copy. Texts that are borrowed from
    /// the input are not copied and count here with their place only; a file of aliases to lists of aliases is
    /// refused in milliseconds.
    pub alias_bytes: usize,
    /// Bytes of borrowed texts, keys included, that the aliases and merge keys of one document may stand for.
    /// Reading does not copy them, but whoever seals or prints a document copies each one: thousands of aliases
    /// to a megabyte would take gigabytes. With 64 MiB, 500 aliases to a text of 100 KB are fine, and 9,000 are
    /// refused.
    pub alias_text_bytes: usize,
    /// Bytes of one input text. What is read and made of a text takes a multiple of its size in memory, many
    /// times as much where it consists of short values: 256 MiB are far above any manifest, and 1 GiB would
    /// take more memory than most machines have.
    pub input_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { nesting: 1_000, alias_bytes: 16 << 20, alias_text_bytes: 64 << 20, input_bytes: 256 << 20 }
    }
}
