//! What is paid beside what it takes. A step stands for 100 ns of an optimised build; a function that took much more than it paid
//! for would let templates run far beyond their limit.

use template::{Budget, Dot, Entropy, Limits, Surroundings, Template};

const LENGTH: usize = 20_000;

/// A call, what the text of 20,000 bytes in it is made of, and the microseconds that the call took when it was measured.
const MEASURED: &[(&str, &[u8], u64)] = &[];

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

#[test]
fn slow_calls_pay_for_at_least_half_of_their_time() {
    let mut cheap = Vec::new();
    for (call, unit, micros) in MEASURED {
        let limits = Limits::default();
        let text: Vec<u8> = unit.iter().copied().cycle().take(LENGTH / unit.len() * unit.len()).collect();
        let template = Template::parse("t", &format!("{{{{ $x := {call} }}}}"), &limits).unwrap();
        let mut budget = Budget::new(limits);
        let surroundings = Surroundings { budget: &mut budget, entropy: &mut Zeros, now: 0 };
        template.render(&Dot::new([("s", text.as_slice())]), surroundings).unwrap();
        let steps = limits.fuel - budget.fuel_left();
        if steps * 200 < micros * 1000 {
            cheap.push(format!("{call} of {}: {steps} steps, {micros} microseconds", unit.escape_ascii()));
        }
    }
    assert!(cheap.is_empty(), "{}", cheap.join("\n"));
}
