//! Blobs that must not be swept although nothing refers to them: a reader reads them one after the other.
//!
//! An open blob needs no pin. The reader of an object of several blobs opens each when it reaches it.

use coho_model::{BlobId, Body};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Number of readers of each blob.
#[derive(Debug, Default)]
pub(crate) struct Pins(Mutex<HashMap<BlobId, usize>>);

/// Keeps the blobs of one body until it is dropped.
#[derive(Debug)]
pub(crate) struct Pin {
    pins: Arc<Pins>,
    body: Body,
}

impl Pins {
    /// Pins a body of several blobs; other bodies need no pin.
    pub(crate) fn pin(self: &Arc<Self>, body: &Body) -> Option<Pin> {
        let Body::Extents(extents) = body else { return None };
        if extents.len() < 2 {
            return None;
        }
        let mut pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for extent in extents.iter() {
            *pins.entry(extent.blob).or_default() += 1;
        }
        Some(Pin { pins: self.clone(), body: body.clone() })
    }

    /// Number of pinned blobs.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether a reader needs the blob.
    pub(crate) fn holds(&self, blob: BlobId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&blob)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.pins.0.lock().unwrap_or_else(PoisonError::into_inner);
        for blob in self.body.file_blobs() {
            if let Some(count) = pins.get_mut(&blob) {
                *count -= 1;
                if *count == 0 {
                    pins.remove(&blob);
                }
            }
        }
    }
}
