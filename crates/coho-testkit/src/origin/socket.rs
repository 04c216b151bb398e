//! One end of a connection, with TLS or without. The end of a connection is announced (`close_notify`) only where the script says
//! so, because that is what some tests are about.

use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

/// The certificate of every scripted origin with TLS, for 127.0.0.1. Its key is public: it proves nothing to anybody else.
const CERTIFICATE: &[u8] = include_bytes!("tls/localhost.der");
const KEY: &[u8] = include_bytes!("tls/key.der");

pub(super) enum Socket {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Socket {
    pub(super) fn with_tls(stream: TcpStream) -> Self {
        static CONFIG: OnceLock<Arc<ServerConfig>> = OnceLock::new();
        let config = CONFIG.get_or_init(|| {
            let key = PrivateKeyDer::try_from(KEY).expect("the key is PKCS #8");
            let config = ServerConfig::builder().with_no_client_auth();
            Arc::new(config.with_single_cert(vec![CERTIFICATE.into()], key).expect("key and certificate fit"))
        });
        let session = ServerConnection::new(Arc::clone(config)).expect("the configuration is complete");
        Self::Tls(Box::new(StreamOwned::new(session, stream)))
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(tls) => tls.get_ref(),
        }
    }

    /// Says that nothing follows, where there is a way to say it.
    pub(super) fn close_notify(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls) => {
                tls.conn.send_close_notify();
                tls.flush()
            }
        }
    }
}

impl Read for Socket {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(bytes),
            Self::Tls(tls) => tls.read(bytes),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}
