//! The order in which a control plane comes up, and how one knows that it has.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client};
use tokio::{net::UnixStream, time::timeout};

use super::{
    ControlPlane, Error, Options, Own,
    authority::Authority,
    binaries::{Binaries, binaries},
    components::Layout,
    stopwatch,
};
use crate::lifeline::{Exit, Lifeline, read_pid};

const ETCD: &str = "etcd";
const API_SERVER: &str = "kube-apiserver";
const CONTROLLER_MANAGER: &str = "kube-controller-manager";

pub(super) async fn start(options: Options) -> Result<ControlPlane, Error> {
    let programs = blocking(binaries).await?;
    let lifeline = blocking(|| {
        Lifeline::new("naas-controlplane")
            .map_err(|source| Error::Io { what: "make a temporary directory".to_owned(), source })
    })
    .await?;
    let port = free_port()
        .map_err(|source| Error::Io { what: "find a free port on loopback".to_owned(), source })?;
    let layout = Layout::new(lifeline.directory(), port);
    let authority = Authority::new().map_err(Error::Certificate)?;
    let admin = administrator(&authority, &layout)?;
    layout.write(&authority, &admin)?;

    let kubeconfig = layout.kubeconfig();
    let kubectl = programs.kubectl.clone();
    let mut own = Own { authority, layout, programs, options, started_in: Duration::ZERO, lifeline };
    own.run(&admin).await?;
    Ok(ControlPlane { admin, kubeconfig, kubectl, own: Some(own) })
}

impl Own {
    /// Starts all processes, and waits until they are ready.
    pub(super) async fn run(&mut self, admin: &kube::Config) -> Result<(), Error> {
        let mut starting =
            Starting { lifeline: &mut self.lifeline, began: stopwatch(), within: self.options.ready_within };
        let flags = self.options.api_server_flags.clone();
        starting.run(&self.programs, &self.layout, admin, flags).await?;
        self.started_in = starting.began.elapsed();
        Ok(())
    }

    /// Ends all processes. What they wrote stays.
    pub(super) fn halt(&mut self) -> io::Result<()> {
        for name in [CONTROLLER_MANAGER, API_SERVER, ETCD] {
            self.lifeline.end(name)?;
        }
        match fs::remove_file(self.layout.etcd_socket()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Copies what etcd stores. It is stopped meanwhile, so that the copy is what it would find after a crash.
    pub(super) fn copy(&self, into: &Path) -> io::Result<()> {
        self.lifeline.signal(ETCD, "STOP")?;
        let copied = copy_folder(&self.layout.etcd_data(), into);
        self.lifeline.signal(ETCD, "CONT")?;
        copied
    }

    /// Puts a copy in the place of what etcd stores. It must not run.
    pub(super) fn put_back(&self, copy: &Path) -> io::Result<()> {
        let data = self.layout.etcd_data();
        fs::remove_dir_all(&data)?;
        copy_folder(copy, &data)
    }
}

fn copy_folder(from: &Path, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    // etcd refuses data that others may read.
    fs::set_permissions(into, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(from)? {
        let (entry, kind) = entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind)))?;
        let target = into.join(entry.file_name());
        if kind.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|stopped| {
        Err(Error::Io { what: "start the control plane".to_owned(), source: io::Error::other(stopped) })
    })
}

fn administrator(authority: &Authority, layout: &Layout) -> Result<kube::Config, Error> {
    let identity = authority.client("naas-dev-admin", &["system:masters"]).map_err(Error::Certificate)?;
    let server = layout.server().parse().map_err(|error| Error::Io {
        what: "make the address of the API server".to_owned(),
        source: io::Error::other(error),
    })?;
    let mut config = kube::Config::new(server);
    config.root_cert = Some(vec![authority.certificate().der().to_vec()]);
    config.auth_info = identity.auth_info();
    Ok(config)
}

/// A port that stays free until the API server binds it.
///
/// A connection that this side closes first leaves the port in TIME-WAIT. For a minute the system gives such a port to
/// nobody who asks for any, and yet lets it be bound by number with SO_REUSEADDR, which servers set.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let client = TcpStream::connect(address)?;
    let (accepted, _) = listener.accept()?;
    drop(accepted);
    drop(client);
    Ok(address.port())
}

struct Starting<'a> {
    lifeline: &'a mut Lifeline,
    began: Instant,
    within: Duration,
}

impl Starting<'_> {
    /// Starts each process when the one that it needs is there: each of them retries, but at its leisure.
    async fn run(
        &mut self,
        programs: &Binaries,
        layout: &Layout,
        admin: &kube::Config,
        api_server_flags: Vec<String>,
    ) -> Result<(), Error> {
        self.spawn(ETCD, &programs.etcd, layout.etcd())?;
        self.ready(ETCD, Sign::Socket(layout.etcd_socket())).await?;

        let flags = layout.api_server().into_iter().chain(api_server_flags).collect();
        self.spawn(API_SERVER, &programs.kube_apiserver, flags)?;
        self.ready(API_SERVER, Sign::Api(Client::try_from(admin.clone())?)).await?;

        // Running is enough: nobody counts on the controllers to act at once.
        if let Some(program) = &programs.kube_controller_manager {
            self.spawn(CONTROLLER_MANAGER, program, layout.controller_manager())?;
            self.ready(CONTROLLER_MANAGER, Sign::Pid(self.lifeline.pid_file(CONTROLLER_MANAGER))).await?;
        }
        Ok(())
    }

    fn spawn(&mut self, name: &'static str, program: &Path, flags: Vec<String>) -> Result<(), Error> {
        self.lifeline
            .spawn(name, Command::new(program).args(flags))
            .map_err(|source| Error::Io { what: format!("start {}", program.display()), source })
    }

    /// Looks until the sign is there, the time is up, or a process ends.
    async fn ready(&mut self, name: &'static str, sign: Sign) -> Result<(), Error> {
        const PAUSE: Duration = Duration::from_millis(20);
        const PATIENCE: Duration = Duration::from_secs(5);
        loop {
            let answer = match timeout(PATIENCE, sign.look()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(answer)) => answer,
                Err(_) => "no answer".to_owned(),
            };
            let exited = self
                .lifeline
                .exited()
                .map_err(|source| Error::Io { what: format!("watch {name}"), source })?;
            if let Some(Exit { name, status }) = exited {
                return Err(Error::Ended { name, status, log: self.lifeline.log_tail(name) });
            }
            if self.began.elapsed() >= self.within {
                return Err(Error::NotReady {
                    name,
                    after: self.within,
                    answer,
                    log: self.lifeline.log_tail(name),
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What tells that a process is ready.
enum Sign {
    /// It accepts connections on this socket.
    Socket(PathBuf),
    /// `/readyz` says so, and the namespaces exist that every cluster has; those come a moment later.
    Api(Client),
    /// It has a process id.
    Pid(PathBuf),
}

impl Sign {
    /// Says what is missing, if anything is.
    async fn look(&self) -> Result<(), String> {
        match self {
            Self::Socket(path) => {
                UnixStream::connect(path).await.map(drop).map_err(|error| error.to_string())
            }
            Self::Api(client) => is_ready(client).await.map_err(|error| error.to_string()),
            Self::Pid(file) => read_pid(file).map(drop).ok_or("not running yet".to_owned()),
        }
    }
}

async fn is_ready(client: &Client) -> Result<(), kube::Error> {
    let readyz = http::Request::get("/readyz").body(Vec::new()).map_err(kube::Error::HttpError)?;
    client.request_text(readyz).await?;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    for name in ["kube-system", "default"] {
        namespaces.get(name).await?;
    }
    Ok(())
}
