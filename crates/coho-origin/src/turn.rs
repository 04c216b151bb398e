//! The order in which the fetches of one thread read their next pieces.
//!
//! Without a yield between two pieces, a fast origin starves the readers. With a plain yield, every other fetch of the thread
//! reads a piece first, and a new request waits for all of them before its first byte. So the fetches of a thread take turns
//! one at a time, and between two turns the thread polls its sockets.

use std::sync::Arc;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::Semaphore,
};

thread_local! {
    /// The one turn of this thread; waiting fetches get it in the order of arrival.
    static TURN: Arc<Semaphore> = Arc::new(Semaphore::new(1));
}

/// Yields to the other tasks of the thread, and waits for this fetch's turn.
pub(crate) async fn pass() {
    // On a multi-thread runtime a fetch delays only one of the threads.
    let is_alone = Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread;
    let turn = if is_alone { TURN.with(Arc::clone).acquire_owned().await.ok() } else { None };
    tokio::task::yield_now().await;
    drop(turn);
}

/// Whether no other fetch of this thread waits for its turn.
pub(crate) fn is_alone() -> bool {
    TURN.with(|turn| turn.available_permits() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[tokio::test(flavor = "current_thread")]
    async fn other_tasks_run_between_two_turns() {
        let seen = Arc::new(Mutex::new(String::new()));
        let fetches = ['a', 'b', 'c'].map(|name| {
            let seen = seen.clone();
            tokio::spawn(async move {
                for _ in 0..2 {
                    pass().await;
                    seen.lock().unwrap().push(name);
                }
            })
        });
        let others = seen.clone();
        let other = tokio::spawn(async move {
            loop {
                tokio::task::yield_now().await;
                others.lock().unwrap().push('-');
            }
        });
        for fetch in fetches {
            fetch.await.unwrap();
        }
        other.abort();
        let seen = seen.lock().unwrap().clone();
        assert_eq!(seen.replace('-', ""), "abcabc", "{seen}");
        // The last of a cycle and the first of the next may be adjacent, never all three.
        assert!(seen.split('-').all(|turns| turns.len() <= 2), "others came between: {seen}");
    }
}
