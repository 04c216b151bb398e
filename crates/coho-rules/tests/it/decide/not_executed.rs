//! Rules with an element that is stored and not executed yet never apply: the next rule is tried.

use super::Row;

macro_rules! row {
    ($source:literal, $element:literal) => {
        (
            $source,
            concat!("1 Mirror url=http://o/ ", $element, "; 2 External host=n.test"),
            "GET /k",
            "",
            "301 http://n.test/k",
        )
    };
}

pub(super) const ROWS: &[Row] = &[
    row!("§2.4 MirrorPassQueryString", "mquery"),
    row!("§2.3 PassQueryString on Mirror", "query"),
    row!("§2.4 MirrorFollowRedirect false", "nofollow"),
    row!("§2.4 MirrorCheckMd5", "md5"),
    row!("§2.4 MirrorHeaders/PassAll", "passall"),
    row!("§2.4 MirrorHeaders/Pass", "pass=a"),
    row!("§2.4 MirrorHeaders/Set", "set=a"),
    row!("§2.4 MirrorPassOriginalSlashes", "slashes"),
    row!("§2.4 MirrorURLSlave", "slave=http://s/"),
    row!("§2.4 MirrorURLProbe", "probe=http://s/"),
    row!("§2.4 MirrorSwitchAllErrors", "switchall"),
    row!("§2.4 TransparentMirrorResponseCodes", "transparent=404"),
    row!("§2.4 MirrorUserLastModified", "lastmodified"),
    row!("§2.4 MirrorSaveOssMeta", "ossmeta"),
    row!("§2.4 MirrorProxyPass", "proxy"),
    row!("§2.4 MirrorAllowHeadObject", "allowhead"),
    row!("§2.4 MirrorAsyncStatus", "async=303"),
    row!("§2.4 MirrorTaggings", "tag=a"),
    row!("§2.4 MirrorReturnHeaders", "return=a"),
    row!("§2.4 MirrorAuth", "auth"),
    row!("§2.4 MirrorUsingRole", "userole"),
    row!("§2.4 MirrorRole", "role=r"),
    row!("§2.4 MirrorSNI", "sni"),
    row!("§2.4 MirrorIsExpressTunnel", "tunnelled"),
    row!("§2.4 MirrorDstRegion", "region=r"),
    row!("§2.4 MirrorDstVpcId", "vpc=v"),
    row!("§2.4 MirrorDstSlaveVpcId", "slavevpc=v"),
    row!("§2.4 MirrorTunnelId", "tunnel=t"),
    row!("§2.4 unknown elements are kept, and may mean anything", "unknown=MirrorNew"),
    row!("§2.2 an unknown condition may mean anything", "unknown"),
    row!("§2.1 LuaConfig: do not execute", "lua"),
    ("§2.4 not executed, and no other rule", "1 Mirror url=http://o/ md5", "GET /k", "", "404"),
    ("§2.4 not executed on HEAD either", "1 Mirror url=http://o/ allowhead", "HEAD /k", "", "404"),
    ("§2.1 LuaConfig alone", "1 lua", "GET /k", "k", "200 k"),
];
