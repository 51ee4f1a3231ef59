//! Which connections there are, and which one goes when one too many comes.
//!
//! A connection costs whoever opens it nothing, so any number of them can be held open by somebody who says nothing. None is
//! refused for that: the one that idles longest, of the address that has the most, makes room for the next. Whoever asks
//! something at once, such as a probe of the kubelet, is thus served however many hold their connections.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::client::network;

/// An address gets the whole divided by this, and at least one.
const SHARE: usize = 8;

/// The connections of a server; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Connections(Arc<Mutex<Table>>);

#[derive(Debug)]
struct Table {
    most: usize,
    total: usize,
    last_id: u64,
    peers: HashMap<IpAddr, Vec<Entry>>,
}

/// One connection.
#[derive(Debug)]
struct Entry {
    id: u64,
    /// Requests in work; HTTP/1.1 has one at a time.
    in_work: usize,
    /// Whether a whole head of a request ever came.
    asked: bool,
    /// When it was opened, or the last request was answered.
    idle_since: Instant,
    close: Arc<Notify>,
}

/// A connection that counts until this is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    connections: Connections,
    peer: IpAddr,
    id: u64,
    close: Arc<Notify>,
}

/// A request in work, until this is dropped.
#[derive(Debug)]
pub(super) struct InWork(Arc<Connection>);

impl Connections {
    /// At most so many at once.
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Table { most: most.max(1), total: 0, last_id: 0, peers: HashMap::new() })))
    }

    /// Counts one more of an address, and asks another one to close where there are too many. None if every one that
    /// could go has a request in work.
    pub(super) fn enter(&self, peer: IpAddr, now: Instant) -> Option<Connection> {
        let peer = network(peer);
        let (id, close) = self.table().enter(peer, now)?;
        Some(Connection { connections: self.clone(), peer, id, close })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // The table is whole between any two statements that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Resolves when the connection is to be closed, so that another one finds room.
    pub(super) async fn evicted(&self) {
        self.close.notified().await;
    }

    /// Whether a request ever came.
    pub(super) fn has_asked(&self) -> bool {
        self.connections.table().entry(self.peer, self.id).is_some_and(|entry| entry.asked)
    }

    /// A request has come; it is in work until what is returned is dropped.
    pub(super) fn begin(connection: &Arc<Self>) -> InWork {
        if let Some(entry) = connection.connections.table().entry(connection.peer, connection.id) {
            entry.asked = true;
            entry.in_work += 1;
        }
        InWork(Arc::clone(connection))
    }
}

impl Drop for InWork {
    fn drop(&mut self) {
        let Connection { connections, peer, id, .. } = &*self.0;
        if let Some(entry) = connections.table().entry(*peer, *id) {
            entry.in_work = entry.in_work.saturating_sub(1);
            entry.idle_since = Instant::now();
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.table().remove(self.peer, self.id);
    }
}

impl Table {
    fn enter(&mut self, peer: IpAddr, now: Instant) -> Option<(u64, Arc<Notify>)> {
        let own = self.peers.get(&peer).map_or(0, Vec::len);
        if own >= (self.most / SHARE).max(1) {
            self.evict(peer)?;
        } else if self.total >= self.most {
            self.evict_greediest()?;
        }
        self.last_id += 1;
        self.total += 1;
        let close = Arc::new(Notify::new());
        let entry =
            Entry { id: self.last_id, in_work: 0, asked: false, idle_since: now, close: Arc::clone(&close) };
        self.peers.entry(peer).or_default().push(entry);
        Some((self.last_id, close))
    }

    /// Of the addresses by how many they have, the first that has one to spare.
    fn evict_greediest(&mut self) -> Option<()> {
        let mut peers: Vec<_> = self.peers.iter().map(|(peer, entries)| (entries.len(), *peer)).collect();
        peers.sort_unstable_by(|a, b| b.cmp(a));
        peers.into_iter().find_map(|(_, peer)| self.evict(peer))
    }

    /// Takes out one of an address that has no request in work: rather one that never had any, then the one that idles
    /// longest.
    fn evict(&mut self, peer: IpAddr) -> Option<()> {
        let entries = self.peers.get(&peer)?.iter().filter(|entry| entry.in_work == 0);
        let entry = entries.min_by_key(|entry| (entry.asked, entry.idle_since))?;
        let (id, close) = (entry.id, Arc::clone(&entry.close));
        self.remove(peer, id);
        close.notify_one();
        Some(())
    }

    fn entry(&mut self, peer: IpAddr, id: u64) -> Option<&mut Entry> {
        self.peers.get_mut(&peer)?.iter_mut().find(|entry| entry.id == id)
    }

    /// Does nothing for one that was evicted: it left the table at once.
    fn remove(&mut self, peer: IpAddr, id: u64) {
        let Some(entries) = self.peers.get_mut(&peer) else { return };
        let before = entries.len();
        entries.retain(|entry| entry.id != id);
        self.total -= before - entries.len();
        if entries.is_empty() {
            self.peers.remove(&peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt as _;

    use super::*;

    fn peer(number: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, number])
    }

    fn is_evicted(connection: &Connection) -> bool {
        connection.evicted().now_or_never().is_some()
    }

    /// So many connections of an address, one a second.
    fn held(connections: &Connections, number: u8, count: u64) -> Vec<Arc<Connection>> {
        let start = Instant::now();
        let one = |second| connections.enter(peer(number), start + Duration::from_secs(second)).map(Arc::new);
        (0..count).filter_map(one).collect()
    }

    #[test]
    fn an_address_that_has_its_share_loses_its_own_oldest() {
        let connections = Connections::new(32);
        let held = held(&connections, 1, 6);
        let evicted: Vec<_> = held.iter().map(|connection| is_evicted(connection)).collect();
        assert_eq!(evicted, [true, true, false, false, false, false]);
    }

    #[test]
    fn the_greediest_makes_room_for_a_stranger() {
        let connections = Connections::new(16);
        let crowd: Vec<_> = (1..=8).flat_map(|number| held(&connections, number, 2)).collect();
        let before: Vec<_> =
            (11..=14).map(|number| connections.enter(peer(number), Instant::now())).collect();
        assert!(before.iter().flatten().all(|connection| !is_evicted(connection)) && before.len() == 4);
        assert_eq!(crowd.iter().filter(|connection| is_evicted(connection)).count(), 4);
        drop((crowd, before));
        let table = connections.table();
        assert!(table.total == 0 && table.peers.is_empty(), "nothing is kept");
    }

    #[test]
    fn who_is_served_is_never_cut_off() {
        let connections = Connections::new(2);
        let served = Arc::new(connections.enter(peer(1), Instant::now()).unwrap());
        let in_work = Connection::begin(&served);
        assert!(connections.enter(peer(1), Instant::now()).is_none(), "its share is in work");
        let other = Arc::new(connections.enter(peer(2), Instant::now()).unwrap());
        let other_in_work = Connection::begin(&other);
        assert!(connections.enter(peer(3), Instant::now()).is_none(), "all are in work");
        drop(in_work);
        assert!(connections.enter(peer(3), Instant::now()).is_some());
        assert!(is_evicted(&served) && !is_evicted(&other));
        drop(other_in_work);
    }

    #[test]
    fn who_never_asked_goes_before_who_did() {
        let connections = Connections::new(16);
        let two = held(&connections, 1, 2);
        drop(Connection::begin(&two[0]));
        assert!(two[0].has_asked() && !two[1].has_asked());
        let third = connections.enter(peer(1), Instant::now());
        assert!(third.is_some() && is_evicted(&two[1]) && !is_evicted(&two[0]));
    }

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let connections = Connections::new(8);
        let address = |low: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, low]);
        let first = connections.enter(address(1), Instant::now()).unwrap();
        let _second = connections.enter(address(2), Instant::now());
        assert!(is_evicted(&first));
    }
}
