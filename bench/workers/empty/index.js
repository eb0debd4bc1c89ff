// The limit of any worker on this machine: answers every request with a constant and does nothing else.
export default {
  fetch() {
    return new Response(null, { status: 200 });
  },
};
