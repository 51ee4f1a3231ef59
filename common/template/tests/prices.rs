//! What is paid beside what it takes. A step stands for 100 ns of an optimised build; a function that took much more than it paid
//! for would let templates run far beyond their limit.

use template::{Budget, Dot, Entropy, Limits, Surroundings, Template};

const LENGTH: usize = 20_000;

/// A call, what the text of 20,000 bytes in it is made of, and the microseconds that the call took when it was measured.
const MEASURED: &[(&str, &[u8], u64)] = &[
    ("quote $.s", b"\0", 380),
    ("quote $.s $.s", b"\xe2\x80\xa8", 748),
    (r#"printf "%q" $.s"#, b"\xff", 1092),
    (r#"printf "%+q" $.s"#, b"\xff", 1338),
    (r#"printf "%#q" $.s"#, b"\0", 859),
    (r#"printf "%# x" $.s"#, b"<", 480),
    (r#"printf "%.3s" $.s"#, b"x", 14),
    ("js $.s", b"\xe2\x80\xa8", 510),
    ("html $.s", b"\0", 285),
    ("urlquery $.s", b"\xe2\x80\xa8", 308),
    ("toJson $.s", b"\xff", 607),
    ("fromJson (quote $.s)", b"\"", 912),
    ("upper $.s", b"\xff", 1432),
    ("title $.s", b"\xff", 1123),
    ("swapcase $.s", b"\xff", 1062),
    ("initials $.s", b"\xe2\x80\xa8", 90),
    (r#"replace "" "-" $.s"#, b"\"", 326),
    (r#"split "" $.s"#, b",", 15264),
    (r#"splitn "" 3 $.s"#, b"\xe2\x80\xa8", 140),
    (r#"urlJoin (dict "host" $.s)"#, b"\0", 1014),
    (r#"urlParse (print "http://" $.s)"#, b"<", 461),
    ("b64enc $.s", b"\xe2\x80\xa8", 141),
    ("b32enc $.s", b"\xe2\x80\xa8", 124),
];

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

#[test]
fn slow_calls_pay_for_at_least_a_third_of_their_time() {
    let mut cheap = Vec::new();
    for (call, unit, micros) in MEASURED {
        let limits = Limits::default();
        let text: Vec<u8> = unit.iter().copied().cycle().take(LENGTH / unit.len() * unit.len()).collect();
        let template = Template::parse("t", &format!("{{{{ $x := {call} }}}}"), &limits).unwrap();
        let mut budget = Budget::new(limits);
        let surroundings = Surroundings { budget: &mut budget, entropy: &mut Zeros, now: 0 };
        template.render(&Dot::new([("s", text.as_slice())]), surroundings).unwrap();
        let steps = limits.fuel - budget.fuel_left();
        if steps * 300 < micros * 1000 {
            cheap.push(format!("{call} of {}: {steps} steps, {micros} microseconds", unit.escape_ascii()));
        }
    }
    assert!(cheap.is_empty(), "{}", cheap.join("\n"));
}
