//! A loopback HTTP server that gives the scripted answers of one case and notes what was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Response, Server};

use super::case::{Replies, Reply, Request};
use super::tidy::replace;

/// The server of one case; dropping it ends its thread.
pub(crate) struct Loopback {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    seen: Arc<Mutex<Vec<Request>>>,
    url: String,
}

impl Loopback {
    pub(crate) fn start(routes: &BTreeMap<String, Replies>) -> Result<Self> {
        let server =
            Server::http("127.0.0.1:0").map_err(|error| anyhow!("starting the loopback server: {error}"))?;
        let address = server.server_addr().to_ip().context("the loopback server has no address")?;
        let url = format!("http://{address}");
        let server = Arc::new(server);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut queues: BTreeMap<String, Vec<Reply>> =
            routes.iter().map(|(path, replies)| (path.clone(), replies.clone().into_vec())).collect();
        let thread = thread::spawn({
            let (server, seen, url) = (Arc::clone(&server), Arc::clone(&seen), url.clone());
            move || {
                for request in server.incoming_requests() {
                    answer(request, &mut queues, &seen, &url);
                }
            }
        });
        Ok(Self { server, thread: Some(thread), seen, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(
    mut request: tiny_http::Request,
    queues: &mut BTreeMap<String, Vec<Reply>>,
    seen: &Mutex<Vec<Request>>,
    url: &str,
) {
    let (method, path) = (request.method().to_string(), request.url().to_owned());
    let mut body = Vec::new();
    let _ = request.as_reader().read_to_end(&mut body);
    if let Ok(mut seen) = seen.lock() {
        let body = String::from_utf8_lossy(&body).into_owned();
        seen.push(Request { method: method.clone(), path: path.clone(), body });
    }
    let by_method = format!("{method} {path}");
    let key = if queues.contains_key(&by_method) { by_method } else { path };
    let reply = queues
        .get_mut(&key)
        .and_then(|queue| if queue.len() > 1 { Some(queue.remove(0)) } else { queue.first().cloned() });
    let _ = match reply {
        Some(reply) => request.respond(response(&reply, url)),
        None => request.respond(Response::from_string("404 page not found\n").with_status_code(404)),
    };
}

fn response(reply: &Reply, url: &str) -> Response<std::io::Cursor<Vec<u8>>> {
    let body = reply.body.bytes().unwrap_or_default();
    let mut response = Response::from_data(replace(&body, "$HTTP", url)).with_status_code(reply.status);
    for (name, value) in &reply.headers {
        if let Ok(header) = Header::from_bytes(name.as_bytes(), value.replace("$HTTP", url).as_bytes()) {
            response.add_header(header);
        }
    }
    response
}
