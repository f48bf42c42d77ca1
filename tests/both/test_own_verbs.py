"""An application's own verbs: called once, with the arguments that they take."""

import asyncio

from mtmo import verbs
from mtmo.errors import VerbError
from support import raises

ran = []


def of_args(args):
    ran.append(args)
    return "a"


def of_context_and_args(context, args):
    ran.append((context, args))
    return "c"


def of_either(first, args=None):
    ran.append(first)
    return int(first[0]) + None


def of_args_with_a_mistake(args):
    ran.append(args)
    return int(None)


def of_context_with_a_mistake(context, args):
    ran.append(args)
    return of_args()


def of_nothing():
    ran.append(())


async def async_of_args(args):
    ran.append(args)
    return "a"


async def async_of_context_and_args(context, args):
    ran.append((context, args))
    return "c"


async def async_with_a_mistake(args, more=None):
    ran.append(args)
    return int(None)


class Sensor:
    def of_args(self, args):
        ran.append(args)
        return "a"

    def of_context_and_args(self, context, args):
        ran.append((context, args))
        return "c"


# function, its answer (None: it fails), what its body has seen
CALLS = (
    (of_args, "a", [["1"]]),
    (of_context_and_args, "c", [("context", ["1"])]),
    (of_either, None, [["1"]]),
    (of_args_with_a_mistake, None, [["1"]]),
    (of_context_with_a_mistake, None, [["1"]]),
    (of_nothing, None, []),
    (async_of_args, "a", [["1"]]),
    (async_of_context_and_args, "c", [("context", ["1"])]),
    (async_with_a_mistake, None, [["1"]]),
    (Sensor().of_args, "a", [["1"]]),
    (Sensor().of_context_and_args, "c", [("context", ["1"])]),
)


def test_the_body_of_a_verb_runs_once():
    for function, answer, seen in CALLS:
        ran.clear()
        verbs.register("own", "read", "own", function)
        try:
            verb = verbs.find(["own", "1"])[0]
            if answer is None:
                assert raises(VerbError, asyncio.run, verb.run("context", ["1"])), function
            else:
                assert asyncio.run(verb.run("context", ["1"])) == answer, function
            assert ran == seen, (function, ran)
        finally:
            verbs._rows.clear()
