//! Connections of strangers: few at a time, each for one request and a short time.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{Context, router};

/// How many connections are served at a time; the others wait.
const AT_A_TIME: usize = 64;
/// The longest head of a request, in octets; at least what hyper needs.
const LONGEST_HEAD: usize = 16 * 1024;
/// How long a connection may take from its first octet to its last.
const LONGEST: Duration = Duration::from_secs(10);
/// Rest after the system refused a connection, as when there are too many open files.
const BREATH: Duration = Duration::from_millis(100);

/// Listens until `stop` is ready. Nothing depends on a request that is cut off.
pub async fn serve(listener: TcpListener, context: Arc<Context>, stop: impl Future<Output = ()> + Send) {
    let service = TowerToHyperService::new(router(context));
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => return,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let service = service.clone();
        tokio::spawn(async move {
            let served = http1::Builder::new()
                .keep_alive(false)
                .max_buf_size(LONGEST_HEAD)
                .serve_connection(TokioIo::new(stream), service);
            // What became of a connection matters to nobody here.
            let _ = tokio::time::timeout(LONGEST, served).await;
            drop(place);
        });
    }
}
