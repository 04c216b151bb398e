//! The settings of the sum limits.

use super::Purpose;

/// How many bytes the connections of clients may hold in memory, by purpose.
#[derive(Debug, Clone, Copy)]
pub struct MemoryLimits {
    /// Bytes of the buffers that requests are read into, beyond the first 16 KiB of each connection.
    pub heads_bytes: usize,
    /// Bytes of XML documents of requests.
    pub documents_bytes: usize,
    /// Bytes of answers that wait until their clients read on.
    pub waiting_output_bytes: usize,
    /// Percent of each limit that the connections of one client address may use.
    pub client_share_percent: usize,
}

impl MemoryLimits {
    /// Bytes of all connections.
    pub(super) fn process(&self, purpose: Purpose) -> usize {
        match purpose {
            Purpose::Heads => self.heads_bytes,
            Purpose::Documents => self.documents_bytes,
            Purpose::WaitingOutput => self.waiting_output_bytes,
        }
    }

    /// Bytes of the connections of one address.
    pub(super) fn client(&self, purpose: Purpose) -> usize {
        self.process(purpose) / 100 * self.client_share_percent
    }
}
