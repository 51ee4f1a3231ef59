//! For unit tests: what a template gives.

use crate::budget::{Budget, Limits};
use crate::entropy::Entropy;
use crate::error::RenderError;
use crate::template::{Dot, Surroundings, Template};

/// 2024-02-29 13:14:15.123456789 UTC.
const NOW: i128 = 1_709_212_455_123_456_789;

/// What the template `tpl` gives over an empty dot, within the default limits, on a leap day.
pub(crate) fn rendered(template: &str) -> Result<Vec<u8>, RenderError> {
    rendered_within(Limits::default(), template, &[])
}

/// The same within these limits, over these values.
pub(crate) fn rendered_within(
    limits: Limits,
    template: &str,
    values: &[(&str, &[u8])],
) -> Result<Vec<u8>, RenderError> {
    let template = Template::parse("tpl", template, &limits).unwrap();
    let mut budget = Budget::new(limits);
    let surroundings = Surroundings { budget: &mut budget, entropy: &mut Counting(0), now: NOW };
    template.render(&Dot::new(values.iter().copied()), surroundings).map(|output| output.as_bytes().to_vec())
}

/// 0, 1, 2 … 255, 0 …
pub(crate) struct Counting(pub(crate) u8);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }
}
