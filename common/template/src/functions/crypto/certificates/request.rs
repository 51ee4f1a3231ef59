use std::net::IpAddr;

use zeroize::Zeroizing;

use crate::failure::{Failure, WITHHELD};
use crate::functions::Args;
use crate::machine::Machine;
use crate::value::{List, Value};

/// What a certificate shall say.
pub(super) struct Request {
    pub(super) serial: [u8; 16],
    pub(super) name: Zeroizing<Vec<u8>>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) hosts: Vec<Zeroizing<Vec<u8>>>,
    /// From when to when it is valid, in seconds since 1970.
    pub(super) validity: [i64; 2],
    pub(super) is_ca: bool,
}

impl Request {
    pub(super) fn of_ca(m: &mut Machine<'_>, name: &[u8], days: i64) -> Result<Self, Failure> {
        let (none, is_ca) = (List::nil(crate::value::Elements::Any), true);
        Request::new(m, name, &none, &none, days, is_ca)
    }

    /// The first four arguments of the functions for certificates that are no CA's.
    pub(super) fn of_server(m: &mut Machine<'_>, args: Args<'_>) -> Result<Self, Failure> {
        Request::new(m, args.text(0)?, &args.list(1)?, &args.list(2)?, args.int(3)?, false)
    }

    fn new(
        m: &mut Machine<'_>,
        name: &[u8],
        addresses: &List,
        hosts: &List,
        days: i64,
        is_ca: bool,
    ) -> Result<Self, Failure> {
        let now = m.now.unix_seconds();
        // A duration in nanoseconds, which wraps; NotAfter is this much after now, to the second below.
        let nanoseconds = days.wrapping_mul(24 * 60 * 60 * 1_000_000_000);
        let until = m.now.unix_seconds().wrapping_add(nanoseconds.div_euclid(1_000_000_000));
        let addresses = self::addresses(m, addresses)?;
        let hosts = self::hosts(m, hosts)?;
        m.budget.make(name.len())?;
        let mut serial = [0; 16];
        m.entropy.fill(&mut serial);
        Ok(Request {
            serial,
            name: Zeroizing::new(name.to_vec()),
            addresses,
            hosts,
            validity: [now, until],
            is_ca,
        })
    }
}

fn addresses(m: &mut Machine<'_>, list: &List) -> Result<Vec<IpAddr>, Failure> {
    m.budget.make(32 * list.len())?;
    let parse = |item: Value| match item {
        Value::Text(text) => std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Failure::said(format!("error parsing ip: {WITHHELD}"))),
        _ => Err(Failure::said(format!("error parsing ip: {WITHHELD} is not a string"))),
    };
    list.iter().map(parse).collect()
}

fn hosts(m: &mut Machine<'_>, list: &List) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
    let mut hosts = Vec::new();
    for item in list.iter() {
        let Value::Text(text) = item else {
            return Err(Failure::said(format!(
                "error processing alternate dns name: {WITHHELD} is not a string"
            )));
        };
        m.budget.make(text.len() + 32)?;
        hosts.push(Zeroizing::new(text.to_vec()));
    }
    Ok(hosts)
}
