/// Which items a slice or map stands on, so that a walk knows what it has met before. Only for telling same from other:
/// nothing that a template sees depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(super) items: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}
