//! Whose turn it is to take the next piece of a body in.
//!
//! Without a pause between two pieces a fast origin starves those who read. With one, but all fetches of a thread going on
//! behind it, a new request waits for a piece of each of them, again and again until its first byte. So they go on one
//! at a time, and between two of them the thread looks at its sockets.

use std::sync::Arc;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::Semaphore,
};

thread_local! {
    /// The one turn of this thread; those who wait get it in the order of their coming.
    static TURN: Arc<Semaphore> = Arc::new(Semaphore::new(1));
}

/// Lets everybody else go on who can, and waits until it is the turn of this fetch.
pub(crate) async fn pass() {
    // Where threads share their work, a fetch holds up one of them at most.
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
    async fn between_two_turns_others_go_on() {
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
        // One of a cycle's end and one of the next one's beginning may follow each other, never all three.
        assert!(seen.split('-').all(|turns| turns.len() <= 2), "others came between: {seen}");
    }
}
