//! How much is in hand at once: requests and bytes, for all, a peer, and a client.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client::Client;

/// What may be in hand at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Hands {
    requests: usize,
    bytes: usize,
}

/// Of everybody together: with the 3 MiB of a request, what bodies may take of memory.
///
/// A peer gets as much as is still free and no more: alone it gets half. The API server is one peer for all its
/// clients; a pod that makes up clients finds itself before the same bound, and leaves room for others.
const TOTAL: Hands = Hands { requests: 96, bytes: 32 << 20 };

/// Of one client.
const CLIENT: Hands = Hands { requests: 16, bytes: 8 << 20 };

/// Counts what is in hand.
#[derive(Clone, Debug, Default)]
pub(super) struct Load(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    total: Hands,
    peers: HashMap<IpAddr, Hands>,
    clients: HashMap<Client, Hands>,
}

impl Load {
    /// Takes a request in hand; nothing if there are too many.
    pub(super) fn enter(&self, client: Client) -> Option<Ticket> {
        self.table().add(client, Hands { requests: 1, bytes: 0 })?;
        Some(Ticket { load: self.clone(), client, bytes: 0 })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Counters are whole between any two statements that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in hand, until it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    load: Load,
    client: Client,
    bytes: usize,
}

impl Ticket {
    /// Takes so many bytes more in hand; false if there are too many.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let added = self.load.table().add(self.client, Hands { requests: 0, bytes }).is_some();
        if added {
            self.bytes += bytes;
        }
        added
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut table = self.load.table();
        table.remove(self.client, Hands { requests: 1, bytes: self.bytes });
    }
}

impl Table {
    /// Counts up everywhere, or nowhere.
    fn add(&mut self, client: Client, more: Hands) -> Option<()> {
        let free = TOTAL.minus(self.total);
        let peer = self.peers.get(&client.peer).copied().unwrap_or_default().plus(more, free)?;
        let own = self.clients.get(&client).copied().unwrap_or_default().plus(more, CLIENT)?;
        self.total = self.total.plus(more, TOTAL)?;
        self.peers.insert(client.peer, peer);
        self.clients.insert(client, own);
        Some(())
    }

    fn remove(&mut self, client: Client, less: Hands) {
        self.total = self.total.minus(less);
        put_down(&mut self.peers, client.peer, less);
        put_down(&mut self.clients, client, less);
    }
}

fn put_down<K: Copy + Eq + Hash>(table: &mut HashMap<K, Hands>, key: K, less: Hands) {
    let left = table.get(&key).copied().unwrap_or_default().minus(less);
    if left.requests == 0 {
        table.remove(&key);
    } else {
        table.insert(key, left);
    }
}

impl Hands {
    /// The sum, if what is added fits. What is not added does not have to: bytes may come to a request that was
    /// let in while there was more room for requests.
    fn plus(self, more: Self, most: Self) -> Option<Self> {
        let sum = Self { requests: self.requests + more.requests, bytes: self.bytes + more.bytes };
        let requests_fit = more.requests == 0 || sum.requests <= most.requests;
        let bytes_fit = more.bytes == 0 || sum.bytes <= most.bytes;
        (requests_fit && bytes_fit).then_some(sum)
    }

    fn minus(self, less: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(less.requests),
            bytes: self.bytes.saturating_sub(less.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: u8, address: u16) -> Client {
        let [high, low] = address.to_be_bytes();
        Client { peer: IpAddr::from([10, 0, 0, peer]), address: IpAddr::from([172, 16, high, low]) }
    }

    #[test]
    fn a_client_has_its_share() {
        let load = Load::default();
        let own: Vec<_> = (0..CLIENT.requests).map(|_| load.enter(client(1, 1)).unwrap()).collect();
        assert!(load.enter(client(1, 1)).is_none());
        assert!(load.enter(client(2, 1)).is_some(), "nobody uses up what a client has through another peer");
        assert!(load.enter(client(1, 2)).is_some());
        drop(own);
        assert!(load.enter(client(1, 1)).is_some());
    }

    #[test]
    fn a_peer_that_makes_up_clients_leaves_room() {
        let load = Load::default();
        let made_up = |peer| {
            let address = |number| 1_000 * u16::from(peer) + number;
            (0..1_000).filter_map(|number| load.enter(client(peer, address(number)))).collect::<Vec<_>>()
        };
        let first = made_up(1);
        assert_eq!(first.len(), TOTAL.requests / 2);
        let second = made_up(2);
        assert_eq!(second.len(), TOTAL.requests / 4);
        let third = made_up(3);
        let fourth = made_up(4);
        assert!(!third.is_empty() && !fourth.is_empty());
        drop((first, second));
        assert!(load.enter(client(5, 5_000)).is_some());
    }

    #[test]
    fn requests_let_in_may_go_on_where_no_more_are() {
        let load = Load::default();
        let mut tickets: Vec<_> = (0..1_000).filter_map(|number| load.enter(client(1, number))).collect();
        assert!(load.enter(client(1, 5_000)).is_none());
        assert!(tickets.iter_mut().all(|ticket| ticket.grow(1_000)));
    }

    #[test]
    fn bytes_count_as_they_come() {
        let load = Load::default();
        let mut first = load.enter(client(1, 1)).unwrap();
        assert!(first.grow(CLIENT.bytes));
        assert!(!first.grow(1));
        let mut second = load.enter(client(1, 1)).unwrap();
        assert!(!second.grow(1));
        drop(first);
        assert!(second.grow(1));
        drop(second);
        assert_eq!(load.table().total, Hands::default());
        assert!(load.table().peers.is_empty() && load.table().clients.is_empty(), "nothing is remembered");
    }
}
