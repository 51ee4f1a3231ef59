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

    /// Puts an item behind all others of its tenant and priority. A tenant that had none waiting there takes its turn
    /// after all who have.
    pub fn push(&mut self, tenant: &str, priority: Priority, item: T) {
        self.lane(priority).waiting(tenant).push_back(item);
    }

    /// Puts an item before all others of its tenant and priority: one that was taken and is not finished. The tenant's
    /// turn does not come sooner for it.
    pub fn push_again(&mut self, tenant: &str, priority: Priority, item: T) {
        self.lane(priority).waiting(tenant).push_front(item);
    }

    /// Takes the next item, from in front if possible. `None` if nothing waits or every tenant that has something
    /// waiting has as many in flight as it may.
    pub fn pop(&mut self) -> Option<(Tenant, T)> {
        let FairQueue { front, behind, in_flight, per_tenant } = self;
        let may = |tenant: &Tenant| in_flight.get(tenant).is_none_or(|count| *count < *per_tenant);
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

    fn lane(&mut self, priority: Priority) -> &mut Lane<T> {
        match priority {
            Priority::Front => &mut self.front,
            Priority::Behind => &mut self.behind,
        }
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
    fn waiting(&mut self, tenant: &str) -> &mut VecDeque<T> {
        self.len += 1;
        if !self.items.contains_key(tenant) {
            self.turns.push_back(tenant.into());
        }
        // Checked above, and not by `entry`, which would need an owned key each time.
        self.items.entry(tenant.into()).or_default()
    }

    fn pop(&mut self, may: impl Fn(&Tenant) -> bool) -> Option<(Tenant, T)> {
        // Those passed over have something in flight, so there are few of them; they keep their turn.
        let at = self.turns.iter().position(may)?;
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
