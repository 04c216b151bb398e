"""Which public methods of a client the tests have called, and how the server has answered them."""

import functools
import inspect


def public_methods(cls):
    return {name for name, member in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")}


class RecordedMethods:
    """Wraps the public methods of a class; `code_of` gives the code of an error of the service, None for other errors."""

    def __init__(self, cls, code_of):
        self.names = public_methods(cls)
        self.answered = set()
        self.refused = set()
        for name in self.names:
            setattr(cls, name, self._wrapped(name, getattr(cls, name), code_of))

    def _wrapped(self, name, method, code_of):
        @functools.wraps(method)
        def call(*args, **kwargs):
            try:
                result = method(*args, **kwargs)
            except Exception as error:
                code = code_of(error)
                if code == "NotImplemented":
                    self.refused.add(name)
                elif code is not None:
                    self.answered.add(name)
                raise
            self.answered.add(name)
            return result

        return call
