// A script worker that does not start.
throw new Error("broken");
