"""Loaded by Python at its start in a run of authsome, from the folder that PYTHONPATH names.

It watches for the import of modules that open connections and loads authsome_clients.py for the first of them, so
that a start costs next to nothing. The sitecustomize of the person or the distribution runs as without this one. It
may be read by any Python, so its syntax is that of all of them.
"""

import os
import sys


def _watch(folder):
    from _frozen_importlib import module_from_spec, spec_from_loader
    from _frozen_importlib_external import SourceFileLoader

    watched = {
        "aiohttp.connector",
        "asyncio.base_events",
        "certifi.core",
        "http.client",
        "httpcore._async.connection_pool",
        "httpcore._sync.connection_pool",
        "httpcore2._async.connection_pool",
        "httpcore2._sync.connection_pool",
        "httplib2",
        "pycurl",
        "socket",
        "ssl",
        "tornado.tcpclient",
        "urllib3.connection",
    }
    searching = set()
    loaded = []

    def change(module):
        try:
            if not loaded:
                name = "authsome_clients"
                path = os.path.join(folder, name + ".py")
                loader = SourceFileLoader(name, path)
                clients = module_from_spec(spec_from_loader(name, loader))
                # For imports that it makes itself.
                loaded.append(clients)
                loader.exec_module(clients)
            loaded[0].change(module)
        except Exception:
            pass

    class Finder(object):
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name not in watched or name in searching:
                return None
            searching.add(name)
            try:
                for finder in sys.meta_path:
                    find = getattr(finder, "find_spec", None)
                    if finder is Finder or find is None:
                        continue
                    spec = find(name, path, target)
                    if spec is not None:
                        follow(spec.loader)
                        return spec
            finally:
                searching.discard(name)

    def follow(loader):
        try:
            execute = loader.exec_module

            def exec_module(module):
                execute(module)
                change(module)

            loader.exec_module = exec_module
        except Exception:
            pass

    sys.meta_path.insert(0, Finder)
    for name in watched:
        module = sys.modules.get(name)
        if module is not None:
            change(module)


def _chain(folder):
    """Runs the next sitecustomize of the path, as if this one were not there."""
    own = sys.modules.pop("sitecustomize", None)
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != folder]
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        if own is not None:
            sys.modules.setdefault("sitecustomize", own)


def _start():
    folder = os.path.dirname(os.path.abspath(__file__))
    try:
        if os.environ.get("AUTHSOME_PROXY_MODE") and sys.version_info >= (3, 8):
            _watch(folder)
    except Exception:
        pass
    _chain(folder)


_start()
