//! `bench crypto`: signatures made and checked per second of CPU time.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use fedhub::canonical::{self, Value};
use fedhub::crypto::{Location, Policy, Signer, Trust, Verifier};
use fedhub::message::Message;
use openssl::md::Md;
use openssl::pkey::PKey;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;

use super::load::{TOPIC, body};
use super::peers::{Impl, figures, make_keys};
use super::process::{Scratch, thread_cpu};
use super::report::{Bar, Row, Unit};
use super::{Notes, Plan};

/// What the Python peer runs: its own signing and validation on the same message.
const PYTHON: &str = r#"
import json, sys, time, warnings
warnings.simplefilter("ignore")
import fedmsg.crypto
keys, seconds, text = sys.argv[1], float(sys.argv[2]), sys.stdin.read()
config = {
    "ssldir": keys, "certname": "bench", "crypto_backend": "x509",
    "crypto_validate_backends": ["x509"], "routing_policy": {}, "routing_nitpicky": False,
    "ca_cert_location": keys + "/ca.crt", "crl_location": keys + "/crl.pem",
}
def rate(action):
    action()
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        action()
        count += 1
    return count / (time.process_time() - start)
message = json.loads(text)
signed = fedmsg.crypto.sign(message, **config)
assert fedmsg.crypto.validate(signed, **config)
print(rate(lambda: fedmsg.crypto.sign(message, **config)),
      rate(lambda: fedmsg.crypto.validate(signed, **config)))
"#;

/// Signatures made and checked per second.
struct Rates {
    sign: f64,
    verify: f64,
}

struct Sample {
    rates: Rates,
    /// OpenSSL called from this process, beside `openssl speed`.
    evp: Option<Rates>,
}

/// Measures signing and checking.
pub(super) fn run(plan: &Plan, notes: &mut Notes) -> Vec<Row> {
    let scratch = match Scratch::new().and_then(|dir| make_keys(dir.path()).map(|()| dir)) {
        Ok(scratch) => scratch,
        Err(error) => {
            notes.push(format!("crypto: {error:#}"));
            return Vec::new();
        }
    };
    let all = plan.interleave("crypto", &plan.impls, notes, |of| sample(plan, of, scratch.path()));
    let by = "bare: openssl speed";
    let mut rows = vec![
        all.row(format!("crypto: sign ({by})"), Unit::PerSecond, |run| Some(run.rates.sign))
            .bar(Bar::MinRatio(0.8, Impl::Bare)),
        all.row(format!("crypto: verify ({by})"), Unit::PerSecond, |run| Some(run.rates.verify))
            .bar(Bar::MinRatio(0.6, Impl::Bare)),
    ];
    let evp = |run: &Sample| run.evp.as_ref().map(|rates| (rates.sign, rates.verify));
    let mut sign = all.row("crypto: sign (bare: EVP)", Unit::PerSecond, |run| Some(evp(run)?.0));
    let mut verify =
        all.row("crypto: verify (bare: EVP)", Unit::PerSecond, |run| Some(evp(run)?.1));
    (sign.fedhub, verify.fedhub) = (rows[0].fedhub, rows[1].fedhub);
    rows.extend([sign, verify]);
    rows
}

fn sample(plan: &Plan, of: Impl, keys: &Path) -> Result<Sample> {
    let text = body(plan.peers.size);
    // Counted in CPU time, so a short time is enough. OpenSSL takes whole seconds.
    let duration = Duration::from_secs((plan.duration.as_secs() / 2).max(1));
    Ok(match of {
        Impl::Fedhub => Sample { rates: fedhub_rates(&text, keys, duration)?, evp: None },
        Impl::Bare => {
            Sample { rates: openssl_speed(duration)?, evp: Some(evp_rates(&text, keys, duration)?) }
        }
        Impl::Python => {
            let python = plan.peers.python.as_deref().context("no Python peer")?;
            Sample { rates: python_rates(python, &text, keys, duration)?, evp: None }
        }
    })
}

/// How often `action` succeeds per second of this thread's CPU time.
pub(super) fn rate(duration: Duration, mut action: impl FnMut() -> Result<()>) -> Result<f64> {
    action()?;
    let start = thread_cpu()?;
    let mut count = 0;
    loop {
        // Reading the clock takes as long as an action.
        for _ in 0..128 {
            action()?;
        }
        count += 128;
        let spent = thread_cpu()?.saturating_sub(start);
        if spent >= duration {
            return Ok(f64::from(count) / spent.as_secs_f64());
        }
    }
}

/// The whole way: from a message to a signed one, and from received bytes to a verdict.
fn fedhub_rates(text: &[u8], keys: &Path, duration: Duration) -> Result<Rates> {
    let signer = Signer::from_files(&keys.join("bench.key"), &keys.join("bench.crt"))?;
    let Ok(Value::Object(mut message)) = canonical::parse(text) else {
        bail!("the message of the load is not a JSON object");
    };
    let sign = rate(duration, || Ok(signer.sign(&mut message)?))?;
    let signed = canonical::to_vec(&Value::Object(message));
    let place = |name: &str| Location::File(keys.join(name));
    let trust = Trust::load(place("ca.crt"), Some(place("crl.pem")));
    let mut verifier = Verifier::new(trust, Policy::default());
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().try_into()?;
    let verify = rate(duration, || {
        let verdict = verifier.verify(&Message::new(TOPIC, signed.as_slice()), now);
        ensure!(verdict.valid(), "a message just signed is not valid: {verdict:?}");
        Ok(())
    })?;
    Ok(Rates { sign, verify })
}

/// OpenSSL's own interface with everything reused: hash, then RSA.
fn evp_rates(text: &[u8], keys: &Path, duration: Duration) -> Result<Rates> {
    let key = PKey::private_key_from_pem(&std::fs::read(keys.join("bench.key"))?)?;
    let prepare = |context: &mut PkeyCtx<_>| -> Result<()> {
        context.set_rsa_padding(Padding::PKCS1)?;
        Ok(context.set_signature_md(Md::sha1())?)
    };
    let (mut signing, mut verifying) = (PkeyCtx::new(&key)?, PkeyCtx::new(&key)?);
    signing.sign_init()?;
    prepare(&mut signing)?;
    verifying.verify_init()?;
    prepare(&mut verifying)?;
    let mut signature = vec![0; key.size()];
    let sign = rate(duration, || {
        signing.sign(&openssl::sha::sha1(text), Some(&mut signature))?;
        Ok(())
    })?;
    let verify = rate(duration, || {
        ensure!(verifying.verify(&openssl::sha::sha1(text), &signature)?, "OpenSSL disagrees");
        Ok(())
    })?;
    Ok(Rates { sign, verify })
}

/// What `openssl speed` says of RSA-2048.
fn openssl_speed(duration: Duration) -> Result<Rates> {
    let output = Command::new("openssl")
        .args(["speed", "-seconds", &duration.as_secs().to_string(), "rsa2048"])
        .stdin(Stdio::null())
        .output()
        .context("running openssl speed")?;
    let text = String::from_utf8_lossy(&output.stdout);
    speed_line(&text).context("openssl speed printed no line for rsa 2048")
}

/// Times end in `s`; the rates after them begin with signatures made and checked.
fn speed_line(text: &str) -> Option<Rates> {
    let line = text.lines().find(|line| line.trim_start().starts_with("rsa"))?;
    let (_, figures) = line.split_once("bits")?;
    let mut rates = figures.split_whitespace().filter_map(|word| word.parse().ok());
    Some(Rates { sign: rates.next()?, verify: rates.next()? })
}

fn python_rates(python: &Path, text: &[u8], keys: &Path, duration: Duration) -> Result<Rates> {
    let mut script = Command::new(python);
    script.args(["-c", PYTHON]).arg(keys).arg(duration.as_secs().to_string());
    let [sign, verify] = figures(&mut script, text)?;
    Ok(Rates { sign, verify })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_of_openssl_speed_are_read() {
        let old = "                  sign    verify    sign/s verify/s\n\
                   rsa 2048 bits 0.000240s 0.000016s   4170.5  62000.0\n";
        let new = "                   sign    verify    encrypt   decrypt   sign/s verify/s\n\
                   rsa  2048 bits 0.000240s 0.000016s 0.000017s 0.000250s 4170.5 62000.0 59000.0 4000.0\n";
        for text in [old, new] {
            let rates = speed_line(text).unwrap();
            assert_eq!((rates.sign, rates.verify), (4170.5, 62000.0));
        }
    }
}
