# The same in FastAPI: `def` handlers and dependencies, which it runs in its threadpool.
import os
import time

from fastapi import Depends, FastAPI

app = FastAPI()

# How many ms of a processor one unit of work takes in JavaScript.
unit = float(os.environ["BENCH_SPIN"])


@app.get("/noop")
def noop():
    return {"hello": "world"}


@app.get("/work/{ms}")
def work(ms: int):
    # As much time of a processor as JavaScript takes, not as many steps: it is not the languages that are compared.
    end = time.thread_time() + ms * unit / 1000
    while time.thread_time() < end:
        pass
    return {"state": 1}


def one():
    return 1


def two(one=Depends(one)):
    return one + 1


def three(two=Depends(two)):
    return two + 1


def four():
    return 4


def five(four=Depends(four)):
    return four + 1


def six(three=Depends(three), five=Depends(five)):
    return three + five


@app.get("/worker")
def worker(six=Depends(six)):
    return {"six": six}


async def loop_one():
    return 1


async def loop_two(one=Depends(loop_one)):
    return one + 1


async def loop_three(two=Depends(loop_two)):
    return two + 1


async def loop_four():
    return 4


async def loop_five(four=Depends(loop_four)):
    return four + 1


async def loop_six(three=Depends(loop_three), five=Depends(loop_five)):
    return three + five


@app.get("/loop")
async def loop(six=Depends(loop_six)):
    return {"six": six}


def mixed_four(one=Depends(loop_one)):
    return one + 3


def mixed_five(four=Depends(mixed_four)):
    return four + 1


def mixed_six(three=Depends(loop_three), five=Depends(mixed_five)):
    return three + five


@app.get("/mixed")
def mixed(six=Depends(mixed_six)):
    return {"six": six}
