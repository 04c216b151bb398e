package v2

import (
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// What was never set answers as OSS does, and what the server lacks is refused by name.
func TestWhatIsNotSet(t *testing.T) {
	each(t, func(f fixture) {
		f.equal(done(f.GetBucketAccessMonitor(ctx, &oss.GetBucketAccessMonitorRequest{Bucket: f.bucket}))(f).AccessMonitorConfiguration.Status, oss.AccessMonitorStatusType("Disabled"))
		f.equal(done(f.GetBucketResourceGroup(ctx, &oss.GetBucketResourceGroupRequest{Bucket: f.bucket}))(f).BucketResourceGroupConfiguration.ResourceGroupId, "rg-default")
		done(f.GetBucketLogging(ctx, &oss.GetBucketLoggingRequest{Bucket: f.bucket}))(f)
		done(f.GetBucketHttpsConfig(ctx, &oss.GetBucketHttpsConfigRequest{Bucket: f.bucket}))(f)
		done(f.ListCname(ctx, &oss.ListCnameRequest{Bucket: f.bucket}))(f)
		done(f.ListStyle(ctx, &oss.ListStyleRequest{Bucket: f.bucket}))(f)
		done(f.ListAccessPoints(ctx, &oss.ListAccessPointsRequest{Bucket: f.bucket}))(f)
		name := oss.Ptr("x")
		for code, err := range map[string]error{
			"NoSuchInventory":                         errorOf(f.GetBucketInventory(ctx, &oss.GetBucketInventoryRequest{Bucket: f.bucket, InventoryId: name})),
			"NoSuchWORMConfiguration":                 errorOf(f.GetBucketWorm(ctx, &oss.GetBucketWormRequest{Bucket: f.bucket})),
			"NoSuchTransferAccelerationConfiguration": errorOf(f.GetBucketTransferAcceleration(ctx, &oss.GetBucketTransferAccelerationRequest{Bucket: f.bucket})),
			"NoSuchReplicationConfiguration":          errorOf(f.GetBucketReplication(ctx, &oss.GetBucketReplicationRequest{Bucket: f.bucket})),
			"NoSuchStyle":                             errorOf(f.GetStyle(ctx, &oss.GetStyleRequest{Bucket: f.bucket, StyleName: name})),
			"MetaQueryNotExist":                       errorOf(f.GetMetaQueryStatus(ctx, &oss.GetMetaQueryStatusRequest{Bucket: f.bucket})),
			"NoSuchUserDefinedLogFieldsConfig":        errorOf(f.GetUserDefinedLogFieldsConfig(ctx, &oss.GetUserDefinedLogFieldsConfigRequest{Bucket: f.bucket})),
			"NoSuchBucketOverwriteConfig":             errorOf(f.GetBucketOverwriteConfig(ctx, &oss.GetBucketOverwriteConfigRequest{Bucket: f.bucket})),
		} {
			f.fails(err, 404, code)
		}
		f.fails(errorOf(f.ListBucketInventory(ctx, &oss.ListBucketInventoryRequest{Bucket: f.bucket})), 404, "NoSuchInventory")
		progress := &oss.GetBucketReplicationProgressRequest{Bucket: f.bucket, RuleId: name}
		f.fails(errorOf(f.GetBucketReplicationProgress(ctx, progress)), 404, "NoSuchReplicationConfiguration")
		done(f.GetBucketReplicationLocation(ctx, &oss.GetBucketReplicationLocationRequest{Bucket: f.bucket}))(f)
		done(f.ListBucketDataRedundancyTransition(ctx, &oss.ListBucketDataRedundancyTransitionRequest{Bucket: f.bucket}))(f)
		direct := &oss.ArchiveDirectReadConfiguration{Enabled: oss.Ptr(true)}
		done(f.PutBucketArchiveDirectRead(ctx, &oss.PutBucketArchiveDirectReadRequest{Bucket: f.bucket, ArchiveDirectReadConfiguration: direct}))(f)
		f.equal(done(f.GetBucketArchiveDirectRead(ctx, &oss.GetBucketArchiveDirectReadRequest{Bucket: f.bucket}))(f).ArchiveDirectReadConfiguration.Enabled, true)
		logging := &oss.BucketLoggingStatus{LoggingEnabled: &oss.LoggingEnabled{TargetBucket: f.bucket, TargetPrefix: name}}
		for _, err := range []error{
			errorOf(f.PutBucketLogging(ctx, &oss.PutBucketLoggingRequest{Bucket: f.bucket, BucketLoggingStatus: logging})),
			errorOf(f.InitiateBucketWorm(ctx, &oss.InitiateBucketWormRequest{Bucket: f.bucket, InitiateWormConfiguration: &oss.InitiateWormConfiguration{RetentionPeriodInDays: oss.Ptr(int32(1))}})),
			errorOf(f.OpenMetaQuery(ctx, &oss.OpenMetaQueryRequest{Bucket: f.bucket})),
			errorOf(f.DescribeRegions(ctx, &oss.DescribeRegionsRequest{})),
		} {
			f.fails(err, 400, "NotImplemented")
		}
	})
}

func TestAccessPointsThatDoNotExist(t *testing.T) {
	each(t, func(f fixture) {
		name := oss.Ptr("x")
		for _, err := range []error{
			errorOf(f.GetAccessPoint(ctx, &oss.GetAccessPointRequest{Bucket: f.bucket, AccessPointName: name})),
			errorOf(f.GetAccessPointPolicy(ctx, &oss.GetAccessPointPolicyRequest{Bucket: f.bucket, AccessPointName: name})),
		} {
			f.fails(err, 404, "NoSuchAccessPoint")
		}
		for _, err := range []error{
			errorOf(f.GetAccessPointForObjectProcess(ctx, &oss.GetAccessPointForObjectProcessRequest{Bucket: f.bucket, AccessPointForObjectProcessName: name})),
			errorOf(f.GetAccessPointConfigForObjectProcess(ctx, &oss.GetAccessPointConfigForObjectProcessRequest{Bucket: f.bucket, AccessPointForObjectProcessName: name})),
			errorOf(f.GetAccessPointPolicyForObjectProcess(ctx, &oss.GetAccessPointPolicyForObjectProcessRequest{Bucket: f.bucket, AccessPointForObjectProcessName: name})),
		} {
			f.fails(err, 404, "NoSuchAccessPointForObjectProcess")
		}
	})
}
