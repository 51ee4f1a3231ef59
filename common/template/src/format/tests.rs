//! What the recorded cases lack: the budget, and values that no template can write down.

use super::{print, printf};
use crate::budget::{Budget, Limits};
use crate::entropy::Entropy;
use crate::failure::{Cap, Failure};
use crate::go::time::{Location, Time};
use crate::machine::Machine;
use crate::value::{Elements, MapKind, Text, Value};

struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&mut self, _: &mut [u8]) {}
}

fn with_machine<T>(limits: Limits, run: impl FnOnce(&mut Machine<'_>) -> T) -> T {
    run(&mut Machine::new(&mut Budget::new(limits), &mut NoEntropy, Time::zero()))
}

fn printed(format: &str, values: &[Value]) -> String {
    let text = with_machine(Limits::default(), |m| printf(m, format.as_bytes(), values));
    String::from_utf8(text.unwrap()).unwrap()
}

#[test]
fn a_dictionary_that_holds_itself_ends_by_the_depth() {
    let failure = with_machine(Limits::default(), |m| {
        let map = m.map(MapKind::Any).unwrap();
        map.set(m.budget, Text::from("a"), Value::Map(map.clone())).unwrap();
        print(m, &[Value::Map(map)])
    });
    assert_eq!(failure, Err(Failure::Cap(Cap::Depth)));
}

#[test]
fn a_list_shared_many_times_ends_by_the_steps() {
    let limits = Limits { value: usize::MAX, memory: usize::MAX, fuel: 1_000_000, ..Limits::default() };
    let failure = with_machine(limits, |m| {
        let mut list = Value::Nil;
        for _ in 0..64 {
            list = Value::List(m.list(Elements::Any, vec![list.clone(), list]).unwrap());
        }
        print(m, &[list])
    });
    assert_eq!(failure, Err(Failure::Cap(Cap::Fuel)));
}

#[test]
fn widths_and_precisions_are_paid_before_they_are_made() {
    let limits = Limits { value: 1000, ..Limits::default() };
    for (format, value) in [
        ("%1001d", Value::Int(1)),
        ("%-1001s", Value::text("x")),
        ("%.1001d", Value::Int(1)),
        ("%.1001f", Value::Float(1.0)),
        ("%.1001x", Value::Float(1.0)),
        ("%#.1001g", Value::Float(1.0)),
        ("%.1001U", Value::Int(1)),
        ("%1001v", Value::Nil),
        ("%1001x", Value::text("")),
        ("%q", Value::text(vec![0; 250])),
        ("% #x", Value::text(vec![0; 201])),
    ] {
        let failure = with_machine(limits, |m| printf(m, format.as_bytes(), &[value]));
        assert_eq!(failure, Err(Failure::Cap(Cap::Value)), "{format}");
    }
}

#[test]
fn bytes_have_two_names() {
    let bytes = with_machine(Limits::default(), |m| {
        let bytes = Value::List(m.list(Elements::Byte, vec![Value::Uint8(104), Value::Uint8(105)]).unwrap());
        [bytes.clone(), Value::List(m.list(Elements::Any, vec![bytes]).unwrap())].map(|value| {
            let format = b"%v %s %q %x %#v %d %t";
            String::from_utf8(printf(m, format, &vec![value; 7]).unwrap()).unwrap()
        })
    });
    let wrong = "[%!t(uint8=104) %!t(uint8=105)]";
    assert_eq!(bytes[0], format!("[104 105] hi \"hi\" 6869 []byte{{0x68, 0x69}} [104 105] {wrong}"));
    assert_eq!(
        bytes[1],
        format!(
            "[[104 105]] [hi] [\"hi\"] [6869] []interface {{}}{{[]uint8{{0x68, 0x69}}}} [[104 105]] [{wrong}]"
        )
    );
}

#[test]
fn addresses_are_none_of_ours() {
    let list = with_machine(Limits::default(), |m| Value::List(m.list(Elements::Any, Vec::new()).unwrap()));
    assert_eq!(printed("%p %#p", &[list.clone(), list]), "0xc000000000 c000000000");
    let zone = Value::Location(Location::Local);
    assert_eq!(
        printed("%p %v %z", &vec![zone; 3]),
        "0xc000000000 UTC &{%!z(string=UTC) [] [] %!z(string=) %!z(int64=0) %!z(int64=0) %!z(*time.zone=<nil>)}"
    );
}

#[test]
fn the_verb_for_errors_fits_nothing() {
    let text = with_machine(Limits::default(), |m| {
        let list = Value::List(m.list(Elements::Int, vec![Value::Int(1)]).unwrap());
        printf(m, b"%w %w %w", &[list, Value::Month(2), Value::Nil]).unwrap()
    });
    assert_eq!(text, b"%!w([]int=[1]) %!w(time.Month=2) %!w(<nil>)");
}
