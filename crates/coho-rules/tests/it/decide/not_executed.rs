//! Rules with an element that is stored but not executed never apply: the next rule is tried.

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
    row!("§2.4 MirrorAuth", "auth"),
    row!("§2.4 MirrorUsingRole", "userole"),
    row!("§2.4 MirrorRole", "role=r"),
    row!("§2.4 MirrorIsExpressTunnel", "tunnelled"),
    row!("§2.4 MirrorDstRegion", "region=r"),
    row!("§2.4 MirrorDstVpcId", "vpc=v"),
    row!("§2.4 MirrorDstSlaveVpcId", "slavevpc=v"),
    row!("§2.4 MirrorTunnelId", "tunnel=t"),
    row!("§2.4 unknown elements are kept, and may mean anything", "unknown=MirrorNew"),
    row!("§2.2 an unknown condition may mean anything", "unknown"),
    row!("§2.1 LuaConfig: do not execute", "lua"),
    row!("§2.4 MirrorAsyncStatus that is not a redirect", "async=200"),
    ("§2.4 not executed, and no other rule", "1 Mirror url=http://o/ auth", "GET /k", "", "404"),
    ("§2.4 not executed on HEAD either", "1 Mirror url=http://o/ allowhead auth", "HEAD /k", "", "404"),
    ("§2.1 LuaConfig alone", "1 lua", "GET /k", "k", "200 k"),
];
