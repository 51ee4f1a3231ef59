//! A queue in which tenants take turns.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// What has to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Before everything behind, of all tenants: what somebody waits for.
    Front,
    /// When nothing is in front that may be taken: what is done again, or just to be sure.
    Behind,
}

/// Whose turn it is: a namespace, or the address of a client.
pub type Tenant = Arc<str>;

/// Items by tenant. Tenants with something to do take turns, one item each; within a tenant the first in is the first
/// out. No tenant has more than so many items in flight, which are those taken and not yet [`done`](Self::done).
///
/// While a tenant waits that has nothing in flight and may have a turn, no other has more than one turn of the same
/// priority. A tenant that comes while another's item is in flight has its turn before the next item of that one.
///
/// Pure: no lock, no clock. Taking costs no more time with a million items than with one.
#[derive(Debug)]
pub struct FairQueue<T> {
    front: Lane<T>,
    behind: Lane<T>,
    in_flight: HashMap<Tenant, usize>,
    per_tenant: usize,
}

impl<T> FairQueue<T> {
    /// An empty queue that lets each tenant have so many items in flight; 0 counts as 1.
    #[must_use]
    pub fn new(per_tenant: usize) -> Self {
        FairQueue {
            front: Lane::default(),
            behind: Lane::default(),
            in_flight: HashMap::new(),
            per_tenant: per_tenant.max(1),
        }
    }

    /// Puts an item behind all others of its tenant and priority.
    pub fn push(&mut self, tenant: &str, priority: Priority, item: T) {
        self.waiting(tenant, priority).push_back(item);
    }

    /// Puts an item before all others of its tenant and priority: one that was taken and is not finished. The tenant's
    /// turn does not come sooner for it.
    pub fn push_again(&mut self, tenant: &str, priority: Priority, item: T) {
        self.waiting(tenant, priority).push_front(item);
    }

    /// Takes the next item, from in front if possible. `None` if nothing waits or every tenant that has something
    /// waiting has as many in flight as it may.
    pub fn pop(&mut self) -> Option<(Tenant, T)> {
        self.pop_where(|_, _| true)
    }

    /// The same, but a tenant whose first item may not be taken now is passed over, and keeps its turn.
    pub fn pop_where(&mut self, room: impl Fn(&Tenant, &T) -> bool) -> Option<(Tenant, T)> {
        let FairQueue { front, behind, in_flight, per_tenant } = self;
        let may = |tenant: &Tenant, item: &T| {
            in_flight.get(tenant).is_none_or(|count| *count < *per_tenant) && room(tenant, item)
        };
        let (tenant, item) = front.pop(may).or_else(|| behind.pop(may))?;
        *in_flight.entry(Arc::clone(&tenant)).or_default() += 1;
        Some((tenant, item))
    }

    /// An item of this tenant that was taken is in flight no more.
    pub fn done(&mut self, tenant: &str) {
        if let Some(count) = self.in_flight.get_mut(tenant) {
            *count -= 1;
            if *count == 0 {
                self.in_flight.remove(tenant);
            }
        }
    }

    /// Takes out the first waiting item of a tenant that is meant, whatever its priority; costs time by the number of
    /// the tenant's items.
    pub fn remove(&mut self, tenant: &str, mut is_meant: impl FnMut(&T) -> bool) -> Option<T> {
        let found = self.front.remove(tenant, &mut is_meant);
        found.or_else(|| self.behind.remove(tenant, &mut is_meant))
    }

    /// How many items wait; those in flight are not among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.front.len + self.behind.len
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items a tenant has in flight.
    #[must_use]
    pub fn in_flight(&self, tenant: &str) -> usize {
        self.in_flight.get(tenant).copied().unwrap_or(0)
    }

    fn waiting(&mut self, tenant: &str, priority: Priority) -> &mut VecDeque<T> {
        let lane = match priority {
            Priority::Front => &mut self.front,
            Priority::Behind => &mut self.behind,
        };
        lane.waiting(tenant, |tenant| self.in_flight.contains_key(tenant))
    }
}

/// The items of one priority. A tenant stands in `turns` once if it has items, else in neither.
#[derive(Debug)]
struct Lane<T> {
    turns: VecDeque<Tenant>,
    items: HashMap<Tenant, VecDeque<T>>,
    len: usize,
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Lane { turns: VecDeque::new(), items: HashMap::new(), len: 0 }
    }
}

impl<T> Lane<T> {
    /// The items of a tenant, to which the caller adds one.
    fn waiting(&mut self, tenant: &str, is_in_flight: impl Fn(&str) -> bool) -> &mut VecDeque<T> {
        self.len += 1;
        if !self.items.contains_key(tenant) {
            let mut at = self.turns.len();
            if !is_in_flight(tenant) {
                // Those who have just had a turn stand last, and were there only because nobody else was.
                while at > 0 && is_in_flight(&self.turns[at - 1]) {
                    at -= 1;
                }
            }
            self.turns.insert(at, tenant.into());
        }
        self.items.entry(tenant.into()).or_default()
    }

    fn pop(&mut self, may: impl Fn(&Tenant, &T) -> bool) -> Option<(Tenant, T)> {
        // Those passed over keep their turn.
        let first = |tenant: &Tenant| self.items.get(tenant).and_then(VecDeque::front);
        let at = self.turns.iter().position(|tenant| first(tenant).is_some_and(|item| may(tenant, item)))?;
        let tenant = self.turns.remove(at)?;
        let items = self.items.get_mut(&tenant)?;
        let item = items.pop_front()?;
        self.len -= 1;
        if items.is_empty() {
            self.items.remove(&tenant);
        } else {
            self.turns.push_back(Arc::clone(&tenant));
        }
        Some((tenant, item))
    }

    fn remove(&mut self, tenant: &str, is_meant: impl FnMut(&T) -> bool) -> Option<T> {
        let items = self.items.get_mut(tenant)?;
        let at = items.iter().position(is_meant)?;
        let item = items.remove(at)?;
        self.len -= 1;
        if items.is_empty() {
            self.items.remove(tenant);
            self.turns.retain(|other| **other != *tenant);
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    const TENANTS: [&str; 4] = ["a", "b", "c", "d"];

    #[derive(Clone, Copy, Debug)]
    enum Call {
        Push(usize, Priority),
        /// Of what is in flight, the one of this number, back into the queue.
        Again(usize),
        Done(usize),
        Remove(usize),
        Pop,
    }

    fn calls() -> impl Strategy<Value = Vec<Call>> {
        let priority = prop_oneof![3 => Just(Priority::Front), 1 => Just(Priority::Behind)];
        let call = prop_oneof![
            5 => (0..TENANTS.len(), priority).prop_map(|(tenant, priority)| Call::Push(tenant, priority)),
            1 => (0_usize..8).prop_map(Call::Again),
            3 => (0_usize..8).prop_map(Call::Done),
            1 => (0_usize..8).prop_map(Call::Remove),
            5 => Just(Call::Pop),
        ];
        proptest::collection::vec(call, 0..200)
    }

    /// The same said naively, and what each tenant had to see pass.
    #[derive(Default)]
    struct Model {
        waiting: BTreeMap<(Priority, &'static str), VecDeque<u32>>,
        in_flight: Vec<(&'static str, Priority, u32)>,
        /// Who had a turn while this tenant waited with nothing in flight.
        passed: BTreeMap<(Priority, &'static str), BTreeSet<&'static str>>,
    }

    impl Model {
        fn in_flight(&self, tenant: &str) -> usize {
            self.in_flight.iter().filter(|(other, ..)| *other == tenant).count()
        }

        fn eligible(&self, cap: usize) -> Vec<(Priority, &'static str)> {
            let places = self.waiting.iter().filter(|(_, items)| !items.is_empty()).map(|(place, _)| *place);
            places.filter(|(_, tenant)| self.in_flight(tenant) < cap).collect()
        }

        /// A tenant that is being served begins to wait anew, and so does one without anything to do.
        fn forget_who_does_not_wait(&mut self) {
            let waits = self.eligible(1);
            self.passed.retain(|place, _| waits.contains(place));
        }

        fn taken(&mut self, tenant: &str, item: u32, cap: usize) {
            let eligible = self.eligible(cap);
            let of_item = |(_, items): &(&(Priority, &str), &VecDeque<u32>)| items.front() == Some(&item);
            let (priority, tenant) = *self
                .waiting
                .iter()
                .find(of_item)
                .unwrap_or_else(|| panic!("{tenant}: {item} is not first"))
                .0;
            assert!(eligible.contains(&(priority, tenant)), "{tenant} has enough in flight");
            let best = eligible.iter().map(|(priority, _)| *priority).min();
            assert_eq!(Some(priority), best, "what is in front goes first");
            for place in self.eligible(1).into_iter().filter(|place| place.0 == priority && place.1 != tenant)
            {
                let is_first = self.passed.entry(place).or_default().insert(tenant);
                assert!(is_first, "{tenant} had two turns while {place:?} waited");
            }
            self.passed.remove(&(priority, tenant));
            self.waiting.entry((priority, tenant)).or_default().pop_front();
            self.in_flight.push((tenant, priority, item));
        }
    }

    proptest! {
        #[test]
        fn tenants_take_turns_within_their_caps(calls in calls(), cap in 1_usize..4) {
            let mut queue = FairQueue::new(cap);
            let mut model = Model::default();
            for (number, call) in (0_u32..).zip(calls) {
                match call {
                    Call::Push(tenant, priority) => {
                        queue.push(TENANTS[tenant], priority, number);
                        model.waiting.entry((priority, TENANTS[tenant])).or_default().push_back(number);
                    }
                    Call::Again(at) if at < model.in_flight.len() => {
                        let (tenant, priority, item) = model.in_flight.remove(at);
                        queue.push_again(tenant, priority, item);
                        queue.done(tenant);
                        model.waiting.entry((priority, tenant)).or_default().push_front(item);
                    }
                    Call::Done(at) if at < model.in_flight.len() => {
                        queue.done(model.in_flight.remove(at).0);
                    }
                    Call::Remove(at) => {
                        let all = model.waiting.iter_mut();
                        let found = all
                            .flat_map(|((_, tenant), items)| items.iter().map(|item| (*tenant, *item)).collect::<Vec<_>>())
                            .nth(at);
                        if let Some((tenant, item)) = found {
                            prop_assert_eq!(queue.remove(tenant, |other| *other == item), Some(item));
                            prop_assert_eq!(queue.remove(tenant, |other| *other == item), None);
                            model.waiting.values_mut().for_each(|items| items.retain(|other| *other != item));
                        }
                    }
                    Call::Again(_) | Call::Done(_) => {}
                    Call::Pop => match queue.pop() {
                        Some((tenant, item)) => model.taken(&tenant, item, cap),
                        None => prop_assert!(model.eligible(cap).is_empty()),
                    },
                }
                model.forget_who_does_not_wait();
                prop_assert_eq!(queue.len(), model.waiting.values().map(VecDeque::len).sum::<usize>());
                for tenant in TENANTS {
                    prop_assert_eq!(queue.in_flight(tenant), model.in_flight(tenant));
                    prop_assert!(queue.in_flight(tenant) <= cap);
                }
            }
        }
    }

    fn taken(queue: &mut FairQueue<u32>) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop()).map(|(_, item)| item).collect()
    }

    #[test]
    fn a_crowd_of_one_tenant_delays_another_by_one() {
        let mut queue = FairQueue::new(usize::MAX);
        (0..5).for_each(|item| queue.push("crowd", Priority::Front, item));
        queue.push("other", Priority::Front, 100);
        queue.push("behind", Priority::Behind, 200);
        assert_eq!(taken(&mut queue), [0, 100, 1, 2, 3, 4, 200]);
        assert!(queue.is_empty());
    }

    #[test]
    fn who_comes_while_an_item_of_a_crowd_is_in_flight_is_next() {
        let mut queue = FairQueue::new(usize::MAX);
        (0..5).for_each(|item| queue.push("crowd", Priority::Front, item));
        assert_eq!(queue.pop().unwrap().1, 0);
        queue.push("one", Priority::Front, 100);
        queue.push("two", Priority::Front, 200);
        queue.done("crowd");
        queue.push("three", Priority::Front, 300);
        assert_eq!(taken(&mut queue), [100, 200, 1, 300, 2, 3, 4]);
    }

    #[test]
    fn a_tenant_at_its_cap_is_passed_over_and_keeps_its_turn() {
        let mut queue = FairQueue::new(1);
        for (tenant, item) in [("a", 1), ("a", 2), ("b", 3), ("b", 4), ("c", 5)] {
            queue.push(tenant, Priority::Front, item);
        }
        assert_eq!(taken(&mut queue), [1, 3, 5]);
        queue.done("b");
        queue.done("a");
        assert_eq!(taken(&mut queue), [2, 4]);
        queue.done("nobody");
        assert_eq!(queue.in_flight("nobody"), 0);
    }

    #[test]
    fn nothing_is_kept_of_tenants_that_are_gone() {
        let mut queue = FairQueue::new(2);
        for round in 0..1000 {
            queue.push(&format!("tenant {round}"), Priority::Front, round);
            let (tenant, _) = queue.pop().unwrap();
            queue.done(&tenant);
            queue.push("waits", Priority::Behind, round);
            queue.remove("waits", |_| true);
        }
        assert!(queue.in_flight.is_empty() && queue.front.items.is_empty() && queue.behind.turns.is_empty());
    }
}
