import type { WebSocket } from 'ws';

export interface OutgoingOptions {
  readonly socket: WebSocket;
  /** Called before each text and pong: what follows in this turn of the event loop may be written with it. */
  readonly gatherWrites: () => void;
  /** What the peer may leave unread of our texts. */
  readonly maxUnreadBytes: number;
  /** Called when the peer leaves more than that unread. */
  readonly onUnread: () => void;
}

/** What a session writes beside its close frame: bounded by what the peer leaves unread. */
export interface Outgoing {
  /** @returns false where the connection is no longer open: then the text is forgotten */
  readonly send: (text: string) => boolean;
  /** Answers a ping. */
  readonly pong: (data: Buffer) => void;
}

/** A pong takes hundreds of bytes until it is written, however short; an honest peer leaves one or two unread. */
const maxUnreadPongs = 1000;

export function createOutgoing({
  socket,
  gatherWrites,
  maxUnreadBytes,
  onUnread,
}: OutgoingOptions): Outgoing {
  let unreadPongs = 0;
  return {
    send(text) {
      if (socket.readyState !== socket.OPEN) return false;
      gatherWrites();
      socket.send(text);
      if (socket.bufferedAmount <= maxUnreadBytes) return true;
      onUnread();
      return false;
    },
    pong(data) {
      if (socket.readyState !== socket.OPEN) return;
      if (unreadPongs >= maxUnreadPongs) return onUnread();
      unreadPongs++;
      gatherWrites();
      socket.pong(data, false, () => unreadPongs--);
    },
  };
}
