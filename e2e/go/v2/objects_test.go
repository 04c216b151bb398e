package v2

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"coho-e2e-go/server"
)

var keys = []string{"plain.txt", "dir/with space.txt", "dir/plus+and&.txt", "\u4f60\u597d/\u00fc.txt", "a%20b"}

func TestBuckets(t *testing.T) {
	each(t, func(f fixture) {
		name := *f.bucket
		var found []string
		pages := f.NewListBucketsPaginator(&oss.ListBucketsRequest{Prefix: oss.Ptr("e2e-go-")}, func(o *oss.PaginatorOptions) { o.Limit = 2 })
		for pages.HasNext() {
			for _, bucket := range done(pages.NextPage(ctx))(f).Buckets {
				found = append(found, *bucket.Name)
			}
		}
		f.equal(strings.Contains(strings.Join(found, " "), name), true)
		info := done(f.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: f.bucket}))(f).BucketInfo
		f.equal(info.Name, name)
		f.equal(info.Location, "oss-"+server.Region)
		f.equal(info.ACL, "private")
		f.equal(done(f.GetBucketLocation(ctx, &oss.GetBucketLocationRequest{Bucket: f.bucket}))(f).LocationConstraint, "oss-"+server.Region)
		done(f.PutBucketAcl(ctx, &oss.PutBucketAclRequest{Bucket: f.bucket, Acl: oss.BucketACLPublicRead}))(f)
		f.equal(done(f.GetBucketAcl(ctx, &oss.GetBucketAclRequest{Bucket: f.bucket}))(f).ACL, "public-read")
		f.put("k", "12345")
		stat := done(f.GetBucketStat(ctx, &oss.GetBucketStatRequest{Bucket: f.bucket}))(f)
		f.equal(stat.ObjectCount, int64(1))
		f.equal(stat.Storage, int64(5))
		refused := f.fails(errorOf(f.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: f.bucket})), 409, "BucketNotEmpty")
		f.equal(refused.EC, "0015-00000301")
		done(f.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: f.bucket, Key: oss.Ptr("k")}))(f)
		done(f.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: f.bucket}))(f)
		f.equal(done(f.IsBucketExist(ctx, name))(f), false)
		f.fails(errorOf(f.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: f.bucket})), 404, "NoSuchBucket")
	})
}

func TestObjectRoundTrip(t *testing.T) {
	each(t, func(f fixture) {
		for _, key := range keys {
			put := done(f.PutObject(ctx, &oss.PutObjectRequest{
				Bucket: f.bucket, Key: oss.Ptr(key), Body: reader("hello world"), ContentType: oss.Ptr("text/x"),
				Metadata: map[string]string{"colour": "blue"}, Tagging: oss.Ptr("a=b"), Acl: oss.ObjectACLPrivate,
			}))(f)
			f.equal(put.HashCRC64, "5981764153023615706")
			f.equal(f.get(key), "hello world")
			head := f.head(key)
			f.equal(head.ContentType, "text/x")
			f.equal(head.Metadata["colour"], "blue")
			f.equal(head.ETag, *put.ETag)
			f.equal(head.ContentLength, int64(11))
			f.equal(done(f.GetObjectMeta(ctx, &oss.GetObjectMetaRequest{Bucket: f.bucket, Key: oss.Ptr(key)}))(f).ContentLength, int64(11))
			f.equal(done(f.ListObjects(ctx, &oss.ListObjectsRequest{Bucket: f.bucket}))(f).Contents[0].Key, key)
			f.equal(done(f.ListObjectsV2(ctx, &oss.ListObjectsV2Request{Bucket: f.bucket}))(f).Contents[0].Key, key)
			f.equal(done(f.IsObjectExist(ctx, *f.bucket, key))(f), true)
			done(f.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: f.bucket, Key: oss.Ptr(key)}))(f)
			f.equal(done(f.IsObjectExist(ctx, *f.bucket, key))(f), false)
			f.equal(f.fails(f.getError(key, oss.GetObjectRequest{}), 404, "NoSuchKey").EC, "0026-00000001")
		}
	})
}

func TestRangesAndConditions(t *testing.T) {
	each(t, func(f fixture) {
		etag := f.put("k", "0123456789").ETag
		other := oss.Ptr(`"00000000000000000000000000000000"`)
		past := oss.Ptr(time.Now().Add(-time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
		for want, request := range map[string]oss.GetObjectRequest{
			"2345":       {Range: oss.Ptr("bytes=2-5")},
			"789":        {Range: oss.Ptr("bytes=-3")},
			"56789":      {Range: oss.Ptr("bytes=5-100"), RangeBehavior: oss.Ptr("standard")},
			"0123456789": {IfMatch: etag, IfNoneMatch: other, IfModifiedSince: past},
		} {
			f.equal(f.read("k", request), want)
		}
		f.fails(f.getError("k", oss.GetObjectRequest{IfMatch: other}), 412, "PreconditionFailed")
		f.fails(f.getError("k", oss.GetObjectRequest{IfUnmodifiedSince: past}), 412, "PreconditionFailed")
		var unchanged *oss.ServiceError
		f.equal(errors.As(f.getError("k", oss.GetObjectRequest{IfNoneMatch: etag}), &unchanged), true)
		f.equal(unchanged.StatusCode, 304)
		got := done(f.GetObject(ctx, &oss.GetObjectRequest{Bucket: f.bucket, Key: oss.Ptr("k"), ResponseContentType: oss.Ptr("text/y; a=b")}))(f)
		_ = got.Body.Close()
		f.equal(got.ContentType, "text/y; a=b")
	})
}

func TestPaginators(t *testing.T) {
	each(t, func(f fixture) {
		for _, key := range []string{"a/1", "a/2", "b c/1", "d+e", "z"} {
			f.put(key, "x")
		}
		for _, limit := range []int32{1, 2, 100} {
			limited := func(o *oss.PaginatorOptions) { o.Limit = limit }
			var found []string
			v1 := f.NewListObjectsPaginator(&oss.ListObjectsRequest{Bucket: f.bucket, Delimiter: oss.Ptr("/")}, limited)
			for v1.HasNext() {
				page := done(v1.NextPage(ctx))(f)
				for _, object := range page.Contents {
					found = append(found, *object.Key)
				}
				for _, prefix := range page.CommonPrefixes {
					found = append(found, *prefix.Prefix)
				}
			}
			v2 := f.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: f.bucket, Prefix: oss.Ptr("a/")}, limited)
			for v2.HasNext() {
				for _, object := range done(v2.NextPage(ctx))(f).Contents {
					found = append(found, *object.Key)
				}
			}
			versions := f.NewListObjectVersionsPaginator(&oss.ListObjectVersionsRequest{Bucket: f.bucket, Prefix: oss.Ptr("z")}, limited)
			for versions.HasNext() {
				for _, version := range done(versions.NextPage(ctx))(f).ObjectVersions {
					found = append(found, *version.Key+*version.VersionId)
				}
			}
			f.equal(len(found), 4+2+1)
		}
		objects := []oss.DeleteObject{{Key: oss.Ptr("a/1")}, {Key: oss.Ptr("b c/1")}, {Key: oss.Ptr("none")}}
		deleted := done(f.DeleteMultipleObjects(ctx, &oss.DeleteMultipleObjectsRequest{Bucket: f.bucket, Objects: objects}))(f)
		f.equal(len(deleted.DeletedObjects), 3)
		f.equal(len(done(f.ListObjectsV2(ctx, &oss.ListObjectsV2Request{Bucket: f.bucket}))(f).Contents), 3)
	})
}

func TestCopiesAclTagsAndLinks(t *testing.T) {
	each(t, func(f fixture) {
		done(f.PutObject(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("a b"), Body: reader("copied"), Metadata: map[string]string{"a": "1"}}))(f)
		source := oss.CopyObjectRequest{Bucket: f.bucket, Key: oss.Ptr("c+d"), SourceKey: oss.Ptr("a b")}
		done(f.CopyObject(ctx, &source))(f)
		f.equal(f.head("c+d").Metadata["a"], "1")
		source.MetadataDirective, source.Metadata = oss.Ptr("REPLACE"), map[string]string{"a": "2"}
		done(f.CopyObject(ctx, &source))(f)
		f.equal(f.head("c+d").Metadata["a"], "2")
		source.ForbidOverwrite = oss.Ptr("true")
		f.fails(errorOf(f.CopyObject(ctx, &source)), 409, "FileAlreadyExists")

		key := oss.Ptr("c+d")
		done(f.PutObjectAcl(ctx, &oss.PutObjectAclRequest{Bucket: f.bucket, Key: key, Acl: oss.ObjectACLPublicRead}))(f)
		f.equal(done(f.GetObjectAcl(ctx, &oss.GetObjectAclRequest{Bucket: f.bucket, Key: key}))(f).ACL, "public-read")

		tags := &oss.Tagging{TagSet: &oss.TagSet{Tags: []oss.Tag{{Key: oss.Ptr("team"), Value: oss.Ptr("a+b/c: d=e")}}}}
		done(f.PutObjectTagging(ctx, &oss.PutObjectTaggingRequest{Bucket: f.bucket, Key: key, Tagging: tags}))(f)
		f.equal(done(f.GetObjectTagging(ctx, &oss.GetObjectTaggingRequest{Bucket: f.bucket, Key: key}))(f).Tags[0].Value, "a+b/c: d=e")
		done(f.DeleteObjectTagging(ctx, &oss.DeleteObjectTaggingRequest{Bucket: f.bucket, Key: key}))(f)
		f.equal(len(done(f.GetObjectTagging(ctx, &oss.GetObjectTaggingRequest{Bucket: f.bucket, Key: key}))(f).Tags), 0)

		link := oss.Ptr("link")
		// This client leaves it to its callers to escape names of targets.
		done(f.PutSymlink(ctx, &oss.PutSymlinkRequest{Bucket: f.bucket, Key: link, Target: oss.Ptr("a%20b")}))(f)
		f.equal(done(f.GetSymlink(ctx, &oss.GetSymlinkRequest{Bucket: f.bucket, Key: link}))(f).Target, "a%20b")
		f.equal(f.get("link"), "copied")
		f.fails(errorOf(f.GetSymlink(ctx, &oss.GetSymlinkRequest{Bucket: f.bucket, Key: key})), 400, "NotSymlink")
	})
}

func TestAppendsAndRestores(t *testing.T) {
	each(t, func(f fixture) {
		log := oss.Ptr("log")
		appended := func(position int64, piece string) (*oss.AppendObjectResult, error) {
			return f.AppendObject(ctx, &oss.AppendObjectRequest{Bucket: f.bucket, Key: log, Position: &position, Body: reader(piece)})
		}
		f.equal(done(appended(0, "hello "))(f).NextPosition, int64(6))
		f.equal(done(appended(6, "world"))(f).HashCRC64, "5981764153023615706")
		f.fails(errorOf(appended(6, "x")), 409, "PositionNotEqualToLength")
		file := done(f.AppendFile(ctx, *f.bucket, *log))(f)
		done(file.Write([]byte("!")))(f)
		f.must(file.Close())
		f.equal(f.get("log"), "hello world!")
		done(f.SealAppendObject(ctx, &oss.SealAppendObjectRequest{Bucket: f.bucket, Key: log, Position: oss.Ptr(int64(12))}))(f)
		f.fails(errorOf(appended(12, "x")), 409, "ObjectNotAppendable")

		cold := oss.Ptr("cold")
		done(f.PutObject(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: cold, Body: reader("frozen"), StorageClass: oss.StorageClassColdArchive}))(f)
		f.fails(f.getError("cold", oss.GetObjectRequest{}), 403, "InvalidObjectState")
		restore := &oss.RestoreRequest{Days: 3, Tier: oss.Ptr("Expedited")}
		done(f.RestoreObject(ctx, &oss.RestoreObjectRequest{Bucket: f.bucket, Key: cold, RestoreRequest: restore}))(f)
		f.equal(f.get("cold"), "frozen")
		done(f.CleanRestoredObject(ctx, &oss.CleanRestoredObjectRequest{Bucket: f.bucket, Key: cold}))(f)
		f.fails(f.getError("cold", oss.GetObjectRequest{}), 403, "InvalidObjectState")
	})
}
