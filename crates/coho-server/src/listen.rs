//! Connections: accepting them, their limits, and the orderly end.

use crate::{
    abort::Abort,
    body::{AnswerBody, BodyLimits, ResponseBody},
    console::{self, Console},
    context::Context,
    intake::{Intake, IntakeGuard, IntakePhase},
    linger::LINGER,
    memory::{MemoryBudget, MemoryLimits, Purpose, WaitingOutput},
    metrics::ConnectionGauge,
    sendfile::{FilePieces, FileSender},
    service::{Connection, serve},
    stall::StallGuard,
    transport::{Tcp, Transport},
    workers::ConnectionWorkers,
};
use coho_store::ScarceResource;
use http::{Request, Response, Version};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

/// How long running requests may take to end when the server stops.
pub const DRAIN_TIME: Duration = Duration::from_secs(8);
/// Most connections that the kernel queues until they are accepted.
const BACKLOG: i32 = 4096;
/// Bytes of a connection's buffer: bounds the head of a request, and what is prepared of an answer.
const BUFFER_BYTES: usize = 128 * 1024;
/// Pause after a new connection finds no free file descriptor.
const OUT_OF_DESCRIPTORS_PAUSE: Duration = Duration::from_millis(50);

/// Limits on connections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most connections at a time; further ones wait to be accepted.
    pub max_connections: usize,
    /// Longest time for the head of a request, and so for a kept connection to be idle.
    pub header_timeout: Duration,
    /// Longest time between two pieces of a request's body.
    pub body_idle_timeout: Duration,
    /// Longest time in which a client reads nothing of its answer.
    pub send_idle_timeout: Duration,
    /// What all connections together may hold in memory.
    pub memory: MemoryLimits,
}

/// Opens a listening socket.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Serves the OSS dialect, or the console, on some sockets.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    context: Arc<Context>,
    limits: Limits,
    workers: Arc<ConnectionWorkers>,
    service: Service,
}

/// What answers the requests of a listener.
#[derive(Debug, Clone)]
enum Service {
    /// The OSS dialect.
    Api,
    Console(Arc<Console>),
}

impl Service {
    fn count_connection(&self, context: &Context) -> ConnectionGauge {
        match self {
            Self::Api => context.metrics.count_connection(),
            Self::Console(_) => context.metrics.count_console_connection(),
        }
    }

    fn memory<'c>(&'c self, context: &'c Context) -> &'c Arc<MemoryBudget> {
        match self {
            Self::Api => &context.memory,
            Self::Console(console) => console.memory(),
        }
    }

    async fn answer(&self, connection: Connection, request: Request<Incoming>) -> Response<ResponseBody> {
        match self {
            Self::Api => serve(connection, request).await,
            // Its future would make every request's larger.
            Self::Console(console) => Box::pin(console::serve(console, connection, request)).await,
        }
    }
}

impl Listener {
    /// On these sockets; connections are served by these threads.
    pub fn new(
        sockets: Vec<TcpListener>,
        context: Arc<Context>,
        limits: Limits,
        workers: Arc<ConnectionWorkers>,
    ) -> Self {
        Self { sockets, context, limits, workers, service: Service::Api }
    }

    /// Serves the console instead.
    pub(crate) fn for_console(self, console: Arc<Console>) -> Self {
        Self { service: Service::Console(console), ..self }
    }

    /// Serves until `stop` is set, then lets running requests end for at most [`DRAIN_TIME`].
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let slots = Arc::new(Semaphore::new(self.limits.max_connections));
        let graceful = Arc::new(GracefulShutdown::new());
        let mut accepting = Vec::new();
        for socket in self.sockets {
            let acceptor = Acceptor {
                socket,
                context: self.context.clone(),
                limits: self.limits,
                slots: slots.clone(),
                graceful: graceful.clone(),
                workers: self.workers.clone(),
                service: self.service.clone(),
            };
            accepting.push(tokio::spawn(acceptor.run(stop.clone())));
        }
        for task in accepting {
            if let Err(error) = task.await {
                tracing::error!(%error, "an accept loop failed");
            }
        }
        let Some(graceful) = Arc::into_inner(graceful) else { return };
        let open = graceful.count();
        if tokio::time::timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
            tracing::warn!(open, "connections were cut off at the end of the drain time");
        }
    }
}

struct Acceptor {
    socket: TcpListener,
    context: Arc<Context>,
    limits: Limits,
    slots: Arc<Semaphore>,
    graceful: Arc<GracefulShutdown>,
    workers: Arc<ConnectionWorkers>,
    service: Service,
}

impl Acceptor {
    async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            let accepted = tokio::select! {
                accepted = self.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match accepted {
                Ok((stream, client, slot)) => {
                    self.context.store.shortages().available(ScarceResource::Connection);
                    self.serve(stream, client, slot);
                }
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    self.context.store.shortages().refused(ScarceResource::Connection, &error);
                    tokio::time::sleep(OUT_OF_DESCRIPTORS_PAUSE).await;
                }
            }
        }
    }

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        // The slot is taken second: an idle listener must not hold one that another could use.
        let (stream, client) = self.socket.accept().await?;
        let slot = self.slots.clone().acquire_owned().await.map_err(io::Error::other)?;
        Ok((stream, client, slot))
    }

    fn serve(&self, stream: TcpStream, client: SocketAddr, slot: OwnedSemaphorePermit) {
        // Head and body of an answer may be two writes; the second must not wait for the first to be acknowledged.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let (context, gauge) = (self.context.clone(), self.service.count_connection(&self.context));
        let (service, limits, graceful) = (self.service.clone(), self.limits, self.graceful.watcher());
        // The connection leaves this runtime for that of its worker.
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(%error, "connection could not be passed to a worker");
                return;
            }
        };
        self.workers.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve_connection(context, service, limits, graceful, Tcp::new(stream, client)).await,
                Err(error) => tracing::debug!(%error, "connection could not be registered with its worker"),
            }
            drop((slot, gauge));
        });
    }
}

/// Serves one connection to its end.
async fn serve_connection<T: Transport>(
    context: Arc<Context>,
    service: Service,
    limits: Limits,
    graceful: Watcher,
    transport: T,
) {
    let body_limits = BodyLimits { idle: limits.body_idle_timeout };
    let intake = Intake::default();
    let memory = service.memory(&context).client(transport.peer().address);
    let (buffer, waiting) = (memory.hold(Purpose::Heads), WaitingOutput::new(memory.clone()));
    let answers = context.clone();
    let connection =
        Connection { context, body_limits, peer: transport.peer(), intake: intake.clone(), memory: Arc::new(memory) };
    let (pieces, abort, sends_files) = (FilePieces::default(), Abort::default(), transport.sends_files());
    let sender = FileSender::new(transport, pieces.clone(), &abort);
    let answers_requests = service_fn(move |request: Request<Incoming>| {
        // At once: the library reads on before the request is executed.
        connection.intake.begin_request(IntakePhase::after_head(request.body()));
        let (service, connection) = (service.clone(), connection.clone());
        let (pieces, abort) = (pieces.clone(), abort.clone());
        async move {
            let intake = connection.intake.clone();
            let has_chunks = request.version() >= Version::HTTP_11;
            let mut response = service.answer(connection, request).await;
            if sends_files {
                response.body_mut().send_files_by(pieces);
            }
            if !has_chunks {
                response.body_mut().end_with_connection(abort);
            }
            Ok::<_, Infallible>(response.map(|body| AnswerBody::new(body, intake.answer())))
        }
    });
    let stream = StallGuard::new(sender, limits.send_idle_timeout).count_waiting(waiting);
    let stream = IntakeGuard::new(stream, intake, buffer, answers, LINGER);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // A client may end its sending half after its request; whether it has left shows when the answer is written.
        .half_close(true)
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(BUFFER_BYTES)
        // Its date would stand still after the clock was set back; its own answers get theirs on their way.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), answers_requests);
    if let Err(error) = graceful.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
}

/// Whether the error concerns one connection, which its client has already closed.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
