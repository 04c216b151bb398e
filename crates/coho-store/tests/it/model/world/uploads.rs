//! Steps of multipart uploads.

use super::{Stop, World};
use crate::{
    model::{
        step::{KEYS, Step},
        twin::{Kind, Object, Part, Upload},
    },
    multipart,
    rig::{key as object_key, within},
};
use coho_model::{ETag, ListedPart, ObjectAcl, StorageClass};
use coho_store::{NewUpload, md5};
use std::collections::BTreeMap;

impl World {
    pub(super) async fn upload_step(&mut self, step: &Step) -> Result<(), Stop> {
        match *step {
            Step::Begin { key, forbid, sequential, class } => self.begin_upload(key, forbid, sequential, class).await,
            Step::Part { upload, number, size } if upload < self.twin.uploads.len() => {
                self.put_part(upload, number, size).await
            }
            Step::Complete { upload, forbid, all } if upload < self.twin.uploads.len() => {
                self.complete(upload, forbid, all).await
            }
            Step::Abort { upload } if upload < self.twin.uploads.len() => {
                let Upload { id, key, .. } = self.twin.uploads.remove(upload);
                let found = self.rig.store.abort_upload(&self.rig.bucket, &object_key(KEYS[key]), id).await;
                self.judge(&Ok(()), found).map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn begin_upload(
        &mut self,
        key: usize,
        forbid: bool,
        sequential: bool,
        class: StorageClass,
    ) -> Result<(), Stop> {
        let upload = NewUpload {
            encryption: self.rig.encryption,
            forbid_overwrite: forbid,
            is_sequential: sequential,
            storage_class: class,
            ..multipart::new_upload(KEYS[key])
        };
        let found = self.rig.store.begin_upload(&self.rig.bucket, upload).await;
        // Its id is known with the answer alone; without one the upload is found, and aborted, after the crash.
        if let Some(id) = self.judge(&Ok(()), found)? {
            let object = Object {
                acl: ObjectAcl::Private,
                content_type: "image/png",
                class,
                ..self.object(Default::default(), Kind::Multipart { sequential })
            };
            let (begun, parts) = (self.twin.now, BTreeMap::new());
            self.twin.uploads.push(Upload { id, key, begun, forbid, sequential, object, parts });
        }
        Ok(())
    }

    async fn put_part(&mut self, upload: usize, number: u16, size: usize) -> Result<(), Stop> {
        let body = self.body(size);
        let Upload { id, key, .. } = self.twin.uploads[upload];
        let part = Part { bytes: body.clone(), etag: ETag::simple(md5(&body)) };
        let written = self.twin.put_part(upload, number, part);
        let found = within("a part", multipart::put_part(&self.rig, KEYS[key], id, number, &body)).await;
        self.judge(&written, found).map(drop)
    }

    async fn complete(&mut self, upload: usize, forbid: bool, all: bool) -> Result<(), Stop> {
        let Upload { id, key, parts, .. } = self.twin.uploads[upload].clone();
        let listed = parts.iter().map(|(number, part)| ListedPart { number: *number, etag: Some(part.etag) });
        // A list without parts makes an empty object; the twin knows only the other form.
        let listed = if all || parts.is_empty() { None } else { Some(listed.collect()) };
        let mut completion = multipart::completion(&self.rig, None);
        completion.parts = listed;
        completion.forbid_overwrite = forbid;
        completion.seed = self.seed;
        let written = self.twin.complete(upload, forbid);
        let found = self.rig.store.complete_upload(&self.rig.bucket, &object_key(KEYS[key]), id, completion).await;
        self.judge(&written, found).map(drop)
    }
}
