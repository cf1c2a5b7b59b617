//! What the OpenAPI document says, asked by schemathesis: no request makes the server fail.

use std::process::Command;

use super::{Served, message};
use crate::harness::{peer_schemathesis, run};

#[test]
fn no_request_by_the_openapi_document_makes_the_server_fail() {
    let Some(program) = peer_schemathesis() else { return };
    let served = Served::new(&(0..50).map(message).collect::<Vec<_>>());
    let mut command = Command::new(program);
    command.arg("run").arg(format!("{}/v3/openapi.json", served.address));
    command.args(["--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing"]);
    // A stream has no end.
    command.args(["--exclude-path", "/v3/stream", "--max-examples", "10", "--seed", "1"]);
    command.args(["--generation-database", "none", "--no-color"]).current_dir(served.site.path(""));
    let said = run(&mut command).expect(0).stdout.join("\n");
    assert!(said.contains("Tested: 13"), "{said}");
}
