//! Templates and values from a seed: what a person would write, and what nobody would.
//!
//! Two of three are made from a grammar, with arguments of plausible kinds for the most part; the others are recorded
//! cases with a few pieces changed. Nothing in them is random when it runs, and nothing asks for much on purpose.

mod dice;
mod expression;
mod forms;
mod kind;
mod literals;
mod mutation;
mod statement;

use std::collections::BTreeMap;

use self::dice::Dice;
use self::expression::Scope;
use self::forms::Form;
use self::kind::Kind;
use super::corpus::Case;
use super::lines::Question;

/// Functions whose results are not the same twice, or that take long.
const UNSETTLED: &[&str] = &[
    "ago",
    "bcrypt",
    "derivePassword",
    "encryptAES",
    "genCA",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSignedCert",
    "htpasswd",
    "now",
    "rand",
    "shuffle",
    "uuidv4",
    "keys",
    "values",
    "%p",
];

/// Stands in the value `.secret` of written templates: no error of ours may hold it.
pub const CANARY: &str = "c4n4ry";

/// Makes questions.
pub struct Generator {
    forms: Vec<Form>,
    /// Recorded questions, to change.
    recorded: Vec<Question>,
}

impl Generator {
    /// With recorded cases to change.
    #[must_use]
    pub fn new(cases: Vec<Case>) -> Self {
        let recorded = cases
            .into_iter()
            .filter(|case| !case.expect.varies() && is_settled(&case.question.template))
            .map(|case| case.question)
            .collect();
        Self { forms: forms::all(), recorded }
    }

    /// The question of that number; the same each time.
    #[must_use]
    pub fn question(&self, number: u64) -> Question {
        let mut dice = Dice::new(number);
        let mut question = if dice.percent(33) { self.changed(&mut dice) } else { self.written(&mut dice) };
        question.id = number.to_string();
        question
    }

    fn written(&self, dice: &mut Dice) -> Question {
        let data = values(dice);
        let mut scope = Scope::new(data.keys().cloned().collect());
        let template = self.body(dice, &mut scope, 3);
        Question { template: mutation::rarely(dice, template, self), data, ..Question::default() }
    }

    fn changed(&self, dice: &mut Dice) -> Question {
        let mut question = self.recorded[dice.below(self.recorded.len())].clone();
        for _ in 0..=dice.below(3) {
            question.template = mutation::changed(dice, &question.template, self);
        }
        if !is_settled(&question.template) {
            return self.written(dice);
        }
        question
    }
}

/// The order of keys and values of a dictionary is random, unless it is sorted; forms do that.
fn is_settled(template: &str) -> bool {
    !UNSETTLED.iter().any(|name| template.contains(name))
}

/// What a template sees: a text or two of each kind.
fn values(dice: &mut Dice) -> BTreeMap<String, Vec<u8>> {
    let mut data = BTreeMap::new();
    let kinds = [
        ("s", Kind::Text),
        ("w", Kind::Words),
        ("n", Kind::Number),
        ("j", Kind::Json),
        ("url", Kind::Url),
        ("version", Kind::VText),
        ("date", Kind::Stamp),
        ("key", Kind::Key),
        ("path", Kind::Path),
        ("k8s_name", Kind::B64),
    ];
    for (name, kind) in kinds {
        if dice.percent(60) {
            data.insert(name.to_owned(), literals::text(dice, kind).into_bytes());
        }
    }
    if dice.percent(70) {
        data.insert(
            "secret".to_owned(),
            format!("{CANARY}{}", literals::text(dice, Kind::Words)).into_bytes(),
        );
    }
    if dice.percent(30) {
        let bytes = (0..dice.below(24)).map(|_| u8::try_from(dice.below(256)).unwrap_or_default()).collect();
        data.insert("bin".to_owned(), bytes);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::corpus;

    #[test]
    fn a_seed_gives_the_same_question_again() {
        let generator = Generator::new(corpus::cases().unwrap());
        for number in 0..300 {
            let (one, other) = (generator.question(number), generator.question(number));
            assert_eq!((one.template, one.data), (other.template, other.data));
        }
    }

    #[test]
    fn nothing_in_them_is_random() {
        let generator = Generator::new(corpus::cases().unwrap());
        for number in 0..3000 {
            let template = generator.question(number).template;
            let names = ["uuidv4", "randAlpha", "shuffle", "genPrivateKey", "bcrypt"];
            assert!(!names.iter().any(|name| template.contains(name)), "{template}");
        }
    }
}
