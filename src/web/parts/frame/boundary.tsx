/** Around a page: one that cannot be loaded or drawn says so and what to do, in place of an empty window. Another address is tried anew. */
import { Component, type ReactNode } from 'react';

interface BoundaryProps {
  address: string;
  children: ReactNode;
}

interface BoundaryState {
  error: Error | null;
}

export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: null };

  static getDerivedStateFromError(error: Error): BoundaryState {
    return { error };
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (before.address !== this.props.address && this.state.error !== null) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : <Failed error={error} />;
  }
}

function Failed({ error }: { error: Error }) {
  return (
    <div className="notice bad" role="alert">
      <p>
        <strong>This page cannot be shown.</strong> The server may have stopped or been upgraded: check that it runs,
        then reload.
      </p>
      <p className="fine mono">{error.message}</p>
      <button type="button" onClick={() => window.location.reload()}>
        Reload the page
      </button>
    </div>
  );
}
