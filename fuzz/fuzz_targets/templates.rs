//! Templates: any text is a template or a refusal, any template gives an output or an error, both the same way twice;
//! and no error tells a value.
//!
//! The input is the template's text; what stands behind a NUL is the value `.s`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use template::{Budget, Dot, Entropy, Limits, Surroundings, Template};

/// The value `.secret`; a template that says it itself may have it in an error.
const CANARY: &str = "c4n4ry-9b1f";

/// Little enough that an input takes milliseconds.
const LIMITS: Limits = Limits {
    text: 1 << 16,
    nesting: 1000,
    trees: 4 << 20,
    fuel: 200_000,
    memory: 4 << 20,
    value: 1 << 20,
    output: 1 << 20,
    depth: 500,
};

fuzz_target!(|data: &[u8]| {
    let (text, value) = data.iter().position(|byte| *byte == 0).map_or((data, &b"v"[..]), |at| {
        let (text, rest) = data.split_at(at);
        (text, &rest[1..])
    });
    let Ok(text) = std::str::from_utf8(text) else { return };
    let template = match Template::parse("key", text, &LIMITS) {
        Ok(template) => template,
        Err(error) => {
            assert!(error.line > 0);
            return drop(error.to_string());
        }
    };
    let settled = template.unsettled_functions().is_empty();
    let (first, steps) = render(&template, value);
    // A new key costs what it happens to cost; what is settled is so down to the step.
    if settled {
        let (second, steps_again) = render(&template, value);
        assert_eq!(first, second);
        assert_eq!(steps, steps_again);
    }
    if let Err(error) = first {
        assert!(text.contains(CANARY) || !error.contains(CANARY), "a value in an error: {error}");
    }
});

fn render(template: &Template, value: &[u8]) -> (Result<Vec<u8>, String>, u64) {
    let dot =
        Dot::new([("s", value), ("secret", CANARY.as_bytes()), ("n", b"42"), ("j", b"{\"a\":[1,null]}")]);
    let mut budget = Budget::new(LIMITS);
    let surroundings =
        Surroundings { budget: &mut budget, entropy: &mut Counter(0), now: 1_778_051_289_123_456_789 };
    let rendered = template.render(&dot, surroundings);
    let rendered = rendered.map(|output| output.as_bytes().to_vec()).map_err(|error| error.to_string());
    (rendered, LIMITS.fuel - budget.fuel_left())
}

struct Counter(u8);

impl Entropy for Counter {
    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            self.0 = self.0.wrapping_add(97);
            *byte = self.0;
        }
    }
}
