"""Runs the app's own code: for a while and no longer, and nothing that it raises ends more than its own call.

Takes a function and what it is handed, gives what it gives. Stands on the ground.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from kingpost.call import Refused

LONGEST_CODE = 30.0


class Ended(Exception):
    """Code raised what would end a task or the whole process."""


async def code(function: Callable[..., Awaitable[Any]], *given: object) -> Any:
    """Run code.

    Args:
        function: Which.
        given: What it is handed.

    Returns:
        What it gives.

    Raises:
        Refused: It took too long.
        Ended: It raised what is no error, such as `SystemExit`.
    """
    task = asyncio.current_task()
    try:
        async with asyncio.timeout(LONGEST_CODE) as limit:
            return await function(*given)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise Refused("timeout", "The answer took too long; ask for less at once") from error
    except (Exception, KeyboardInterrupt, GeneratorExit):  # the last ones are how a terminal and a loop end what they began
        raise
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise  # from outside: whoever waits for the answer has gone
        raise Ended(type(error).__name__).with_traceback(error.__traceback__) from error  # so that the log names the place
