//! `rust-client <client>`: makes one request with the client, and ends with 0 if the API accepted it.
use std::{env, error::Error, process::exit};

const HOST: &str = "api.openai.com";
const URL: &str = "https://api.openai.com/v1/models";

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

fn bearer() -> String {
    format!("Bearer {}", env::var("OPENAI_API_KEY").unwrap_or_default())
}

fn check(status: u16) -> Outcome {
    if status == 200 {
        Ok(())
    } else {
        Err(format!("status {status}").into())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let name = env::args().nth(1).unwrap_or_default();
    let outcome = match name.as_str() {
        "rq_native_tls" => reqwest(|builder| builder.use_native_tls()).await,
        "rq_rustls_native" => reqwest(|builder| rustls(builder).tls_built_in_native_certs(true)).await,
        "rq_rustls_webpki" => reqwest(|builder| rustls(builder).tls_built_in_webpki_certs(true)).await,
        "rq_no_proxy" => reqwest(|builder| builder.use_native_tls().no_proxy()).await,
        "ureq_default" => ureq_default(),
        "ureq_env" => ureq_env(),
        "attohttpc" => attohttpc(),
        "curl" => curl(),
        "hyper_plain" => hyper_plain().await,
        "octocrab" => octocrab().await,
        _ => Err(format!("there is no client {name}").into()),
    };
    if let Err(error) = outcome {
        eprintln!("error: {error:?}");
        exit(1);
    }
    println!("done");
}

fn rustls(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.use_rustls_tls().tls_built_in_root_certs(false)
}

async fn reqwest(with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Outcome {
    let client = with(reqwest::Client::builder()).build()?;
    let response = client.get(URL).header("authorization", bearer()).send().await?;
    check(response.status().as_u16())
}

fn ureq_default() -> Outcome {
    check(ureq::get(URL).set("authorization", &bearer()).call()?.status())
}

fn ureq_env() -> Outcome {
    let agent = ureq::AgentBuilder::new().try_proxy_from_env(true).build();
    check(agent.get(URL).set("authorization", &bearer()).call()?.status())
}

fn attohttpc() -> Outcome {
    let response = attohttpc::get(URL).header("authorization", bearer()).send()?;
    check(response.status().as_u16())
}

fn curl() -> Outcome {
    let mut easy = curl::easy::Easy::new();
    easy.url(URL)?;
    let mut fields = curl::easy::List::new();
    fields.append(&format!("authorization: {}", bearer()))?;
    easy.http_headers(fields)?;
    easy.write_function(|bytes| Ok(bytes.len()))?;
    easy.perform()?;
    check(easy.response_code()? as u16)
}

async fn hyper_plain() -> Outcome {
    let plain = tokio::net::TcpStream::connect((HOST, 443)).await?;
    let connector = tokio_native_tls::TlsConnector::from(native_tls::TlsConnector::new()?);
    let secure = hyper_util::rt::TokioIo::new(connector.connect(HOST, plain).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(secure).await?;
    tokio::spawn(connection);
    let request = hyper::Request::get("/v1/models")
        .header("host", HOST)
        .header("authorization", bearer())
        .body(http_body_util::Empty::<&[u8]>::new())?;
    check(sender.send_request(request).await?.status().as_u16())
}

async fn octocrab() -> Outcome {
    let client = octocrab::Octocrab::builder()
        .personal_token(env::var("GITHUB_TOKEN")?)
        .build()?;
    let _: octocrab::models::RateLimit = match client.ratelimit().get().await {
        Ok(limit) => limit,
        // The imitation's answer has no limits; that it answered is enough.
        Err(octocrab::Error::Serde { .. } | octocrab::Error::Json { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    Ok(())
}
